"""aws:lambda:invocation-http-integration-response: the answer is an HTTP response of one's choice."""

from harness.lab.fis.action import Action, Call, Parameter
from harness.lab.fis.invocations import PARAMETERS, PREVENT_EXECUTION, TARGETS, hold


async def _run(call: Call) -> None:
    given = call.parameters
    await hold(call, status=int(given["statusCode"]), content_type=given["contentTypeHeader"])


ACTION = Action(
    id="aws:lambda:invocation-http-integration-response",
    description="Answer for Lambda functions behind HTTP integrations.",
    run=_run,
    targets=TARGETS,
    parameters={
        **PARAMETERS,
        "contentTypeHeader": Parameter(description="The content type of the response.", required=True),
        "preventExecution": PREVENT_EXECUTION,
        "statusCode": Parameter(description="The status of the response.", required=True, number=(0, 999)),
    },
)
