"""What stands for what: one pseudonym for each original, of the same kind and recognisable as one."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address

from harness.errors import StoreError

REGION = re.compile(r"(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov|-iso[a-z]?)?-(?:north|south|east|west|central){1,2}-\d")
_STEM = re.compile(r"[a-z]+-\d+")
# Addresses for documentation, then for benchmarks, then those that nobody has.
_NETWORKS = [
    IPv4Network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "240.0.0.0/4")
]
_DOCUMENTATION = int(IPv6Address("2001:db8::"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """One original, as it stood where it was first met, and what stands for it."""

    kind: str
    original: str
    pseudonym: str


class Pseudonyms:
    """Gives each original one pseudonym, and no two the same one; upper and lower case are not told apart.

    None is ever a word of `avoid`. What stands in `keep` stays as it is.
    """

    def __init__(self, avoid: Iterable[str] = (), keep: Iterable[str] = ()) -> None:
        self._avoid = frozenset(each.lower() for each in avoid)
        self._keep = frozenset(each.lower() for each in keep)
        self._given: dict[tuple[str, str], Replaced] = {}
        self._counts: Counter[str] = Counter()

    def of(self, kind: str, original: str, *, known_as: str = "") -> str:
        """The pseudonym of an original, or of what it is another spelling of. Raises StoreError."""
        key = original.lower()
        if key in self._keep:
            return original
        if (kind, key) not in self._given:
            made = self.of(kind, known_as) if known_as not in ("", original) else self._fresh(kind, original)
            self._given[kind, key] = Replaced(kind=kind, original=original, pseudonym=made)
        return self._given[kind, key].pseudonym

    def _fresh(self, kind: str, original: str) -> str:
        shape, series = _SHAPES.get(kind, _named), kind if kind != "id" else original.split("-", maxsplit=1)[0]
        while True:
            self._counts[series] += 1
            made = shape(kind, self._counts[series], original)
            stem = _STEM.search(made)
            if made.lower() not in self._avoid and not (stem and stem[0] in self._avoid):
                return made

    @property
    def replaced(self) -> tuple[Replaced, ...]:
        """Every original so far, in the order in which they were met."""
        return tuple(self._given.values())

    @property
    def counts(self) -> Mapping[str, int]:
        """How many originals of each kind there are."""
        return dict(sorted(Counter(kind for kind, _ in self._given).items()))


def _named(kind: str, number: int, original: str) -> str:
    region = REGION.search(original.lower())
    return f"{kind}-{number}" + (f"-{region[0]}" if region else "")


def _host(_: str, number: int, original: str) -> str:
    region = REGION.search(original.lower())
    return f"host-{number}." + (f"{region[0]}." if region else "") + "example"


def _id(_: str, number: int, original: str) -> str:
    """As long as it was, with the prefix that tells what it is."""
    prefix, _, rest = original.partition("-")
    return f"{prefix}-{number:0{len(rest)}d}"


def _v4(_: str, number: int, original: str) -> str:
    for network in _NETWORKS:
        if number < network.num_addresses - 1:
            return str(network[number])
        number -= network.num_addresses - 2
    raise StoreError([f"there are too many addresses to be replaced, {original} among them"])


_SHAPES: Mapping[str, Callable[[str, int, str], str]] = {
    "account": lambda _, n, __: f"{n:012d}",
    "host": _host,
    "id": _id,
    "address": _v4,
    "address (IPv6)": lambda _, n, __: str(IPv6Address(_DOCUMENTATION + n)),
    "uuid": lambda _, n, __: f"00000000-0000-4000-8000-{n:012d}",
    "access key": lambda _, n, original: f"{original[:4]}{n:016d}",
    "hosted zone": lambda _, n, __: f"Z{n:013d}",
    "experiment": lambda _, n, __: f"EXP{n:014d}",
    "mail": lambda _, n, __: f"mail-{n}@example.com",
    "path": lambda _, n, __: f"/path-{n}",
}
