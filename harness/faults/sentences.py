"""Sentences of faults as people read them, and which of them comes closest to what was said."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from harness.faults.registry import FAULTS

CLOSE = 0.6


def closest(said: str, others: Iterable[str] = ()) -> str:
    """The sentence, of all faults and of `others`, that reads most like this one; empty when none comes close."""
    known = {_bare(text): text for text in (*others, *(s for fault in FAULTS.values() for s in fault.sentences))}
    found = get_close_matches(_bare(said), known, n=1, cutoff=CLOSE)
    return readable(known[found[0]]) if found else ""


def readable(sentence: str) -> str:
    """A sentence as a person reads it: its fields without what they are read as."""
    return re.sub(r"\{(\w+):d\}", r"{\1}", sentence)


def _bare(text: str) -> str:
    """A sentence without what differs from drill to drill: names, numbers and how long it lasts."""
    without_length = re.sub(r" for (\{\w+\}|\d[\w. ]*)$", "", text)
    return re.sub(r'"[^"]*"|\{\w+(:d)?\}|\b\d+\b', "", without_length)
