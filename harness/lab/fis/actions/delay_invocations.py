"""aws:lambda:invocation-add-delay: the code of functions starts late. The delay is real, and part of the duration."""

from harness.lab.fis.action import Action, Call, Parameter
from harness.lab.fis.invocations import PARAMETERS, TARGETS, hold, number

_DELAY = "startupDelayMilliseconds"


async def _run(call: Call) -> None:
    await hold(call, delay_s=number(call, _DELAY, "1000", 900_000) / 1e3)


ACTION = Action(
    id="aws:lambda:invocation-add-delay",
    description="Delay the start of invocations of Lambda functions.",
    run=_run,
    targets=TARGETS,
    parameters={**PARAMETERS, _DELAY: Parameter(description="0 to 900,000; 1000 by default.")},
)
