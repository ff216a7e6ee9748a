"""aws:lambda:invocation-add-delay: the code of functions starts late. The delay is real, and part of the duration."""

from harness.lab.fis.action import Action, Call, Parameter
from harness.lab.fis.invocations import PARAMETERS, TARGETS, hold

_DELAY = "startupDelayMilliseconds"


async def _run(call: Call) -> None:
    await hold(call, delay_s=int(call.parameters.get(_DELAY, 1000)) / 1e3)


ACTION = Action(
    id="aws:lambda:invocation-add-delay",
    description="Delay the start of invocations of Lambda functions.",
    run=_run,
    targets=TARGETS,
    parameters={**PARAMETERS, _DELAY: Parameter(description="The delay; 1000 by default.", number=(0, 900_000))},
)
