"""How what identifies looks in a text: by its shape (an ARN, an address), and by the names that a run knows."""

import re
from collections.abc import Iterable, Mapping

# A line end inside a text that was printed as its repr is a backslash and a letter: that letter belongs to no word.
START = r"(?:(?<=\\[nrt])|(?<![A-Za-z0-9])(?!(?<=\\)[nrt]))"
END = r"(?![A-Za-z0-9])"
LONG = 8
"""A name of so many letters is also found inside a longer word, a shorter one only as a word."""

_ROOTS = "home|Users|root|tmp|var|opt|srv|mnt|usr|etc|private|work|builds|workspace|github"
_SHORT_IDS = "i|subnet|vpc|sg|eni|rtb|acl|igw|nat|vol|ami|snap|eipalloc|eipassoc|lt|vpce|pcx|tgw|fs|r|d"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_GROUP = r"[0-9A-Fa-f]{1,4}"
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
V4 = rf"(?<![0-9])(?<![0-9]\.)(?:{_OCTET}\.){{3}}{_OCTET}(?![0-9])(?!\.[0-9])"
_SHAPES = {
    "arn": r"arn:aws[a-z-]*:[A-Za-z0-9-]*:[a-z0-9-]*:[a-z0-9]*:[^\s\"'<>\\,;()\[\]{}|]+",
    "login": rf"(?<=://)[^\s/@\"'<>\\]+@{_LABEL}(?:\.{_LABEL})*",
    "mail": rf"{START}[A-Za-z0-9._%+-]+@(?:{_LABEL}\.)+[A-Za-z]{{2,}}{END}",
    "url": rf"(?<=://){_LABEL}(?:\.{_LABEL})*",
    "aws": rf"{START}(?:(?:{_LABEL}\.)+(?:amazonaws\.com(?:\.cn)?|internal)|ip(?:-\d{{1,3}}){{4}}){END}",
    "uuid": rf"{START}[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}{END}",
    "id": rf"{START}(?:[a-z]{{1,12}}-[0-9a-f]{{17}}|(?:{_SHORT_IDS})-[0-9a-f]{{8}}|(?:db|cluster)-[A-Z0-9]{{26}}){END}",
    "key": rf"{START}A(?:KIA|SIA|ROA|IDA|GPA|NPA)[A-Z0-9]{{16}}{END}",
    "experiment": rf"{START}EXP[0-9A-Za-z]{{8,}}{END}",
    "zone": rf"{START}Z(?=[A-Z0-9]*[0-9])[A-Z0-9]{{11,31}}{END}",
    "v6": rf"(?:(?<=\\[nrt])|(?<![0-9A-Za-z:.]))(?:{_GROUP}|:)?(?::(?:{_GROUP})?){{2,7}}(?![0-9A-Za-z:])(?!\.[0-9])",
    "v4": V4,
}
_PATH = (
    rf"(?:(?<=\\[nrt])|(?<=file://)|(?<![\w:/.]))/(?:{_ROOTS})(?:/[\w.@+~-]+)+|[A-Za-z]:\\{{1,2}}Users\\{{1,2}}[\w.-]+"
)
# What looks like a pseudonym is itself replaced by one: else it could be taken for that of something else.
_TAKEN = (
    "account|alarm|balancer|check|database|group|host|label|login|machine|mail|part|path|resource|stack|tag|user|word"
)


def pattern(names: Mapping[str, str], domains: Iterable[str]) -> re.Pattern[str]:
    """One pattern for everything, whose `lastgroup` tells the shape; `names` are the kinds of names by their text."""
    paths, words = (
        [n for n, kind in names.items() if kind == "path"],
        [n for n, kind in names.items() if kind != "path"],
    )
    accounts = [n for n in words if n.isdecimal()]
    known = {
        "account": rf"(?<![0-9])(?:{_either(accounts)})(?![0-9])" if accounts else "",
        "domain": rf"{START}(?:{_LABEL}\.)*(?:{_either(domains)}){END}" if domains else "",
        "name": rf"{START}(?:{_either(words)}){END}" if words else "",
        "inside": _inside([n for n in words if is_long(n)]),
        "folder": rf"(?:{_either(paths)})(?![A-Za-z0-9_-])" if paths else "",
    }
    everything = {**_SHAPES, **known, "path": _PATH, "taken": rf"{START}(?:{_TAKEN})-\d+{END}"}
    return re.compile("|".join(f"(?P<{name}>{text})" for name, text in everything.items() if text))


def is_long(name: str) -> bool:
    """Whether a name is so long that a word with it inside cannot be about anything else."""
    return len(name) >= LONG and re.fullmatch(r"[0-9a-f-]*", name.lower()) is None


def is_plain(name: str) -> bool:
    """Whether a name could as well be a word of any language."""
    return re.fullmatch(r"[a-z]+|[A-Z][a-z]+|.{1,2}", name) is not None


def _inside(long: list[str]) -> str:
    """A whole word with a long name in it; it starts where a word does, so that each word is looked at once."""
    return rf"{START}[A-Za-z0-9]*?(?:{_either(long)})[A-Za-z0-9]*" if long else ""


def _either(texts: Iterable[str]) -> str:
    """Any of these, the longest first, whatever their case."""
    longest_first = sorted(texts, key=lambda each: (-len(each), each))
    return f"(?i:{'|'.join(map(re.escape, longest_first))})"
