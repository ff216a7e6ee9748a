"""aws:s3:bucket-pause-replication: what the buckets replicate to a region waits."""

from harness.lab.fis.action import DURATION, Action, Call, Parameter


async def _run(call: Call) -> None:
    destinations, prefixes = call.listed("destinationBuckets"), call.listed("prefixes")
    try:
        call.effects.buckets.pause(call.name, call.ids(), call.parameters["region"], destinations, prefixes)
        await call.last()
    finally:
        call.effects.buckets.resume(call.name)


ACTION = Action(
    id="aws:s3:bucket-pause-replication",
    description="Pause the replication of S3 buckets to a region.",
    run=_run,
    targets={"Buckets": "aws:s3:bucket"},
    parameters={
        "duration": DURATION,
        "region": Parameter(description="Where the destination buckets are.", required=True),
        "destinationBuckets": Parameter(description="Names of buckets, separated by commas; all by default."),
        "prefixes": Parameter(description="Prefixes of keys, separated by commas; all keys by default."),
    },
)
