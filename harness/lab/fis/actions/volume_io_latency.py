"""aws:ebs:volume-io-latency: each flush of a database's log takes longer. Reads come from memory, as fast as ever.

Latencies are real milliseconds, as everywhere in the lab.
"""

from collections.abc import Mapping

from harness.lab.fis.action import SECOND_TO_12_HOURS, Action, Call, Parameter

_SHARE, _MILLISECONDS = (0.1, 100.0), (1, 60_000)
_MOST_MS, _USUAL_MS = 100.0, "100"
_WRITE_MS, _WRITE_SHARE = "writeIOLatencyMilliseconds", "writeIOPercentage"


async def _run(call: Call) -> None:
    try:
        milliseconds = float(call.parameters.get(_WRITE_MS, _USUAL_MS))
        await call.effects.volumes.slow(call.name, call.ids(), milliseconds)
        await call.last()
    finally:
        await call.effects.volumes.mend(call.name)


def _cannot(parameters: Mapping[str, str]) -> str | None:
    if float(parameters.get(_WRITE_SHARE, "100")) != 100:
        return f"{_WRITE_SHARE} other than 100: its databases flush their whole log late or nothing of it"
    if float(parameters.get(_WRITE_MS, _USUAL_MS)) > _MOST_MS:
        return f"{_WRITE_MS} of more than {_MOST_MS:g}"
    return None


ACTION = Action(
    id="aws:ebs:volume-io-latency",
    description="Add latency to the I/O of EBS volumes.",
    run=_run,
    targets={"Volumes": "aws:ec2:ebs-volume"},
    parameters={
        "duration": Parameter(description="How long it lasts.", required=True, duration=SECOND_TO_12_HOURS),
        "readIOPercentage": Parameter(description="Without effect: databases read from memory.", number=_SHARE),
        "readIOLatencyMilliseconds": Parameter(description="Without effect as well.", number=_MILLISECONDS),
        _WRITE_SHARE: Parameter(description="Which share of writes is late.", number=_SHARE),
        _WRITE_MS: Parameter(description="How late writes are, at most 100 ms.", number=_MILLISECONDS),
    },
    cannot=_cannot,
)
