"""Every way to change one file of a folder: what was done, the file, and its new content, None where it is gone."""

import random
from collections.abc import Iterator
from pathlib import Path

Change = tuple[str, str, bytes | None]


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its content."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def flipped(folder: Path, seed: int, times: int) -> Iterator[Change]:
    """One bit of one byte of each file, somewhere; an empty file has none."""
    chance = random.Random(seed)
    for name, content in files(folder).items():
        for _ in range(times if content else 0):
            changed, place = bytearray(content), chance.randrange(len(content))
            changed[place] ^= 1 << chance.randrange(8)
            yield f"byte {place}", name, bytes(changed)


def reshaped(folder: Path, seed: int) -> Iterator[Change]:
    """Each file longer, shorter, empty, gone, with two lines exchanged, with one line twice, as another file is."""
    chance, all_files = random.Random(seed), files(folder)
    for name, content in all_files.items():
        yield "removed", name, None
        yield "appended", name, content + chance.randbytes(chance.randrange(1, 9))
        yield "begun otherwise", name, b" " + content
        yield "another one", name, next(each for each in all_files.values() if each != content)
        if content:
            yield "truncated", name, content[: chance.randrange(len(content))]
            yield "emptied", name, b""
        lines = content.splitlines(keepends=True)
        if len(lines) > 1:
            first, second = sorted(chance.sample(range(len(lines)), 2))
            yield "a line twice", name, b"".join([*lines[: first + 1], *lines[first:]])
            yield "a line left out", name, b"".join([*lines[:first], *lines[first + 1 :]])
            if lines[first] != lines[second]:
                lines[first], lines[second] = lines[second], lines[first]
                yield "two lines exchanged", name, b"".join(lines)


def unnoticed(folder: Path, changes: Iterator[Change]) -> list[str]:
    """The changes that `drill verify` does not name the file of; the folder is put back after each."""
    from harness.verification import verify

    missed = []
    for what, name, content in changes:
        path = folder / name
        before = path.read_bytes()
        path.unlink() if content is None else path.write_bytes(content)
        found = verify(folder)
        if found.verified or name not in {c.name for c in found.problems}:
            missed.append(f"{name}: {what}")
        path.write_bytes(before)
    return missed
