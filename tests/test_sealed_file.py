"""A file that holds a digest of itself: what is read back, and what is refused."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import StoreError
from harness.sealed_file import read_sealed, sealed

CONTENT = {"format": 1, "name": "eu-west-1", "share": 0.25}


def kept(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "kept.json"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(path: Path) -> str:
    def name(data: Mapping[str, Any]) -> str:
        return str(data["name"])

    return read_sealed(path, "a list of names", 1, name)


def test_what_was_sealed_is_read_back(tmp_path: Path) -> None:
    assert read(kept(tmp_path, sealed(CONTENT))) == "eu-west-1"


@pytest.mark.parametrize(("text", "said"), [
    ("", "not a list of names: JSONDecodeError"),
    (b"\xff", "not a list of names: UnicodeDecodeError"),
    ("[]", "not a list of names: TypeError"),
    ("{}", "not a list of names: KeyError: 'name'"),
    (json.dumps(CONTENT), "it was changed"),
    (sealed(CONTENT).replace("0.25", "0.35"), "it was changed"),
    (sealed(CONTENT).replace("0.25", "0.250"), "it was changed"),
    (sealed(CONTENT).replace("\n", "\r\n"), "it was changed"),
    (sealed({"name": "eu-west-1"}), "not a list of names: KeyError: 'format'"),
    (sealed({**CONTENT, "format": 2}), "its format is 2; this version of drill reads 1"),
])  # fmt: skip
def test_anything_else_is_refused_by_name(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(StoreError, match=rf"kept\.json: {said}"):
        read(kept(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"kept\.json: No such file"):
        read(tmp_path / "kept.json")


def test_what_is_made_of_it_may_refuse_too(tmp_path: Path) -> None:
    def refuse(data: Mapping[str, Any]) -> None:
        raise StoreError([f"not a list of digests: {data['name']}"])

    with pytest.raises(StoreError, match=r"kept\.json: not a list: not a list of digests: eu-west-1"):
        read_sealed(kept(tmp_path, sealed(CONTENT)), "a list", 1, refuse)
