"""Where the parts of a JSON text stand."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.fis.json_lines import line_of, lines

TEXT = """{
  "a": {"b c": [1,
    {"d/~": "x, {} \\" ]"}]},

  "e": null, "f":
    true
}"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [("", 1), ("/a", 2), ("/a/b c", 2), ("/a/b c/0", 2), ("/a/b c/1", 3), ("/a/b c/1/d~1~0", 3), ("/e", 5), ("/f", 5)],
)
def test_a_member_stands_where_its_key_does(pointer: str, line: int) -> None:
    assert lines(TEXT)[pointer] == line


def test_what_is_not_there_stands_where_the_part_around_it_does() -> None:
    assert line_of("/a/b c/1/missing/deeper", lines(TEXT)) == 3
    assert line_of("/missing", lines(TEXT)) == 1


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


def parts(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(parts, inner))


@given(ANY_JSON, st.sampled_from([None, 1, 4]), st.booleans())
def test_every_part_of_any_json_has_a_line_inside_the_text(value: Any, indent: int | None, ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii)
    found = lines(text)
    assert len(found) == parts(value)
    assert set(found.values()) <= set(range(1, text.count("\n") + 2))
