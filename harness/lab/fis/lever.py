"""The safety lever: one a region. While it is engaged nothing runs and nothing starts."""

from dataclasses import dataclass

ID = "default"


@dataclass(slots=True, kw_only=True)
class Lever:
    """The safety lever of a region, and why it is where it is."""

    engaged: bool = False
    reason: str = "The safety lever was never engaged."
