"""What the measures mean, in words that stand beside their numbers."""

from harness.model.verdict import Judgement

DEFINITIONS = (
    (
        "recovery time",
        "from the first effect that clients saw to the first success that no failure follows for the sustained window, "
        "in every client population. Its resolution is the interval of the probes.",
    ),
    (
        "data loss",
        "every write that was acknowledged to a client and that the surviving database lacks, counted by asking it for "
        "each id. A write whose answer never came may be there or not: it is neither lost nor a success.",
    ),
    (
        "latency",
        "from the moment a request should have been sent to the end of its answer, so that a stall counts for every "
        "request that had to wait for it; HdrHistogram with three significant digits. Latencies are real, never scaled.",
    ),
    ("availability", "answered requests over requests that should have been sent. What was never sent was not answered."),
    ("time to detect", "from the first effect that clients saw to the alarm's ALARM state."),
    ("time to recover", "from the alarm to the first success that lasts."),
    (
        "cutover time",
        "from the first effect that clients saw until the DNS answer, as clients resolve it, no longer points at the "
        "region that failed, for the last population.",
    ),
    ("downtime", "the time during which clients were not answered."),
    (
        "ledger integrity",
        "writes that the database holds and should not: duplicates, writes nobody made, and writes that both sides took.",
    ),
    (
        "scaling time",
        "from the rise in demand to its answer; each link of the chain (alarm, desired capacity, instance in service, "
        "target healthy, share of the load, latency back in bounds) is timed by itself.",
    ),
)


def definitions(judgement: Judgement) -> tuple[tuple[str, str], ...]:
    """The definitions of those measures that the judgement used."""
    used = {f.criterion.measure.lower() for f in judgement.findings}
    return tuple((name, words) for name, words in DEFINITIONS if any(name in measure for measure in used))
