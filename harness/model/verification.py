"""What a check of a run's folder found, file by file."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What is known of a file. Only OK and NOTE leave a folder verified."""

    OK = "ok"
    NOTE = "note"
    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    DIFFERENT = "different"
    UNSEALED = "not sealed"


class Signed(StrEnum):
    """Whether the folder is signed, and whether that was held against a key that the asker named."""

    NO = "not signed"
    UNCHECKED = "signed by an unknown key"
    CHECKED = "signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One file of the folder: what is known of it, and why."""

    name: str
    state: State
    because: str

    @property
    def sound(self) -> bool:
        """Whether it speaks for the folder, or at least not against it."""
        return self.state in (State.OK, State.NOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Every check of a folder. `signer` is the public key in hexadecimal, "" without a signature that holds.

    `copy_of` is the last link of the journal that a redacted copy was made of, "" for the run itself.
    """

    folder: str
    checks: tuple[Check, ...]
    signed: Signed = Signed.NO
    signer: str = ""
    copy_of: str = ""

    @property
    def verified(self) -> bool:
        """Whether nothing was changed, is missing or was added, and all can be made again; never for no file at all."""
        return bool(self.checks) and all(c.sound for c in self.checks)

    @property
    def problems(self) -> tuple[Check, ...]:
        """The checks that speak against the folder."""
        return tuple(c for c in self.checks if not c.sound)
