"""aws:fis:wait: nothing, for a while."""

from harness.lab.fis.action import DURATION, Action, Call


async def _run(call: Call) -> None:
    await call.last()


ACTION = Action(id="aws:fis:wait", description="Wait.", run=_run, parameters={"duration": DURATION})
