"""One load request as it stands in load.jsonl: written by Locust, read by the harness."""

from typing import Literal

import msgspec

OutcomeName = Literal["OK", "FAILED", "INDETERMINATE"]


class LoadRecord(msgspec.Struct, gc=False, tag_field="stream", tag="load", forbid_unknown_fields=True):
    """Times in monotonic ns. `instance` is the third part of X-Served-By, `cart` "kept" or "lost" where an answer
    showed the session's cart and it had, or lacked, what earlier answers had acknowledged.
    """

    population: str
    name: str
    due: int
    sent: int
    finished: int
    outcome: OutcomeName
    region: str | None
    status: int | None
    write_id: str | None
    error: str
    instance: str | None = None
    cart: Literal["kept", "lost"] | None = None


ENCODER = msgspec.json.Encoder()


def encoded(records: list[LoadRecord]) -> bytes:
    """Lines of a file."""
    return ENCODER.encode_lines(records)
