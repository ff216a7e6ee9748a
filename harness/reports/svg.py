"""Drawing as text: elements of SVG, everything escaped."""

from collections.abc import Iterable
from html import escape

from harness.reports.wording import plain


def words(text: object) -> str:
    """Text as it may stand inside an element."""
    return escape(plain(text), quote=False)


def element(tag: str, *inside: str, title: str = "", **attributes: object) -> str:
    """One element. `inside` is markup; `title` appears on hover; `cls` is the class and `_` in names becomes `-`."""
    given = "".join(f' {_name(k)}="{escape(_value(v))}"' for k, v in attributes.items() if v is not None)
    hover = f"<title>{words(title)}</title>" if title else ""
    content = hover + "".join(inside)
    return f"<{tag}{given}>{content}</{tag}>" if content else f"<{tag}{given}/>"


def text(x: float, y: float, content: object, cls: str = "", *, anchor: str | None = None, title: str = "") -> str:
    """A line of text whose baseline is at y."""
    return element("text", words(content), title=title, x=x, y=y, cls=cls or None, text_anchor=anchor)


def box(x: float, y: float, width: float, height: float, cls: str, *, title: str = "") -> str:
    """A rectangle."""
    return element("rect", title=title, x=x, y=y, width=max(0.0, width), height=max(0.0, height), cls=cls)


def line(x1: float, y1: float, x2: float, y2: float, cls: str) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, cls=cls)


def path(commands: Iterable[str], cls: str, title: str = "") -> str:
    """A path, or nothing when there is nothing to draw."""
    d = "".join(commands)
    return element("path", title=title, d=d, cls=cls) if d else ""


def rectangle(x: float, y: float, width: float, height: float) -> str:
    """A rectangle as commands of a path."""
    return f"M{shorten(x)} {shorten(y)}h{shorten(width)}v{shorten(height)}h{shorten(-width)}z"


def polyline(points: Iterable[tuple[float, float]], start: str = "M") -> str:
    """Straight segments through the points as commands of a path."""
    joined = "L".join(f"{shorten(x)} {shorten(y)}" for x, y in points)
    return start + joined if joined else ""


def shorten(value: float) -> str:
    """A coordinate to a tenth of a pixel, without needless zeros."""
    rounded = round(value, 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def _name(key: str) -> str:
    return "class" if key == "cls" else key.replace("_", "-")


def _value(value: object) -> str:
    return shorten(value) if isinstance(value, float) else plain(value)
