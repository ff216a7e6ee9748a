"""One thing that is wrong with a template, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`pointer` is a JSON pointer into the template: "" is the whole of it."""

    pointer: str
    text: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.text}"


def under(pointer: str, *parts: object) -> str:
    """The pointer to a part of what a pointer shows."""
    return pointer + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
