"""AWS STS: who is calling, and what time AWS has."""

import time
from email.utils import parsedate_to_datetime

from harness.aws.session import Aws, calling


def caller(aws: Aws, region: str) -> dict[str, str]:
    """Who the credentials belong to: `account` and `arn`."""
    with calling("sts:GetCallerIdentity"):
        answer = aws.client("sts", region).get_caller_identity()
        return {"account": str(answer["Account"]), "arn": str(answer["Arn"])}


def clock_offset(aws: Aws, region: str) -> tuple[float, float] | None:
    """Between which two figures AWS's clock less ours lies, in seconds; None where the answer says no time.

    The answer was made while we waited for it, and says whole seconds.
    """
    asked = time.time()
    with calling("sts:GetCallerIdentity"):
        answer = aws.client("sts", region).get_caller_identity()
    answered = time.time()
    said = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    if not said:
        return None
    second = parsedate_to_datetime(said).timestamp()
    return second - answered, second + 1.0 - asked
