"""One action of FIS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.fis.parameter import Parameter


class ChosenBy(StrEnum):
    """How a template may choose the targets of an action."""

    ANY = "ARNs, tags or filters"
    ARNS = "ARNs only"
    ONE_ARN = "one ARN"
    TAGS = "tags only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What an action does, its targets (key to resource type) and its parameters; `mind` says what is easily missed."""

    id: str
    about: str
    targets: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    chosen_by: ChosenBy = ChosenBy.ANY
    mind: str = ""

    @property
    def by_name(self) -> Mapping[str, Parameter]:
        """The parameters by their name."""
        return {each.name: each for each in self.parameters}

    @property
    def lengths(self) -> tuple[str, ...]:
        """The names of the parameters that say how long it lasts or when it is taken back."""
        return tuple(p.name for p in self.parameters if p.kind == "ISO 8601 duration")
