"""The limits that the model of an API puts on what is asked: what is needed, lengths, patterns, ranges, choices."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape


def over_limit(shape: Shape | None, value: Any, at: str = "") -> Iterator[str]:
    """What is outside the limits of its shape, each told with the path to it."""
    if value is None or shape is None:
        return
    yield from _itself(shape, value, at or "the request")
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            path = f"{at}.{name}" if at else name
            if value.get(name) is None and name in shape.required_members:
                yield f"{path} is missing"
            yield from over_limit(member, value.get(name), path)
    elif isinstance(shape, ListShape):
        for number, each in enumerate(value):
            yield from over_limit(shape.member, each, f"{at}[{number}]")
    elif isinstance(shape, MapShape):
        for key, each in value.items():
            yield from _itself(shape.key, key, f"{at} key {key!r}")
            yield from over_limit(shape.value, each, f"{at}.{key}")


def _itself(shape: Shape, value: Any, at: str) -> Iterator[str]:
    size = value if isinstance(value, (int, float)) else len(value)
    words = "be" if isinstance(value, (int, float)) else "have a length of"
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{at} must {words} {least} at least, not {size}"
    if most is not None and size > most:
        yield f"{at} must {words} {most} at most, not {size}"
    if isinstance(shape, StringShape):
        pattern = _pattern(shape.metadata.get("pattern"))
        # Patterns of the model are not anchored: JSON with spaces matches [\S]+.
        if pattern is not None and not pattern.search(value):
            yield f"{at} must match {pattern.pattern}, not {value!r}"
        if shape.enum and value not in shape.enum:
            yield f"{at} must be one of {', '.join(shape.enum)}, not {value!r}"


@lru_cache
def _pattern(written: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(written) if written else None
    except re.error:  # such as \p{L}, which Python does not know
        return None
