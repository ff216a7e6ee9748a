"""What shoppers can do, and the mix of it: the weight of each journey."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

JOURNEYS = ("browse", "search", "cart", "order", "checkout")


def mix_problems(mix: Mapping[str, int]) -> list[str]:
    """What is wrong with a mix: journeys that nobody knows, weights below 0, and that nobody would do anything."""
    wrong = [_unknown(name) for name in mix if name not in JOURNEYS]
    wrong += [f"{name} has the weight {weight}; it takes 0 or more" for name, weight in mix.items() if weight < 0]
    if not wrong and not any(mix.values()):
        wrong.append("no journey has a weight above 0: nobody would do anything")
    return wrong


def mix_from_table(rows: Iterable[Iterable[str]]) -> dict[str, int]:
    """The mix of a Gherkin table: a header row (journey | weight), then one row a journey.

    Raises ValueError with every problem.
    """
    header, *lines = [tuple(cell.strip() for cell in row) for row in rows]
    if header != ("journey", "weight"):
        raise ValueError(f"the mix of journeys has the columns journey | weight, not {' | '.join(header)}")
    if any(len(line) != 2 for line in lines):
        raise ValueError("a row of the mix has two columns, journey and weight")
    names = [name for name, _ in lines]
    wrong = [f"{weight!r} is no weight of {name}; write a whole number" for name, weight in lines if not _whole(weight)]
    wrong += [f"{name} is there twice; keep one" for name in dict.fromkeys(names) if names.count(name) > 1]
    mix = {name: int(weight) if _whole(weight) else 1 for name, weight in lines}
    if wrong := wrong + mix_problems(mix):
        raise ValueError("; ".join(wrong))
    return mix


def _whole(weight: str) -> bool:
    return weight.isascii() and weight.isdecimal()


def _unknown(name: str) -> str:
    close = get_close_matches(name, JOURNEYS, n=1)
    return f"unknown journey {name!r}; " + (
        f"did you mean {close[0]!r}?" if close else f"known are {', '.join(JOURNEYS)}"
    )
