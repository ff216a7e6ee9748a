"""aws:lambda:invocation-error: the answer is an error, whether or not the code runs."""

from harness.lab.fis.action import Action, Call
from harness.lab.fis.invocations import PARAMETERS, PREVENT_EXECUTION, TARGETS, hold


async def _run(call: Call) -> None:
    await hold(call, fails=True)


ACTION = Action(
    id="aws:lambda:invocation-error",
    description="Fail invocations of Lambda functions.",
    run=_run,
    targets=TARGETS,
    parameters={**PARAMETERS, "preventExecution": PREVENT_EXECUTION},
)
