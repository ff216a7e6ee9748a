"""AWS STS: who is calling."""

from harness.aws.session import Aws, calling


def caller(aws: Aws, region: str) -> dict[str, str]:
    """Who the credentials belong to: `account` and `arn`."""
    with calling("sts:GetCallerIdentity"):
        answer = aws.client("sts", region).get_caller_identity()
        return {"account": str(answer["Account"]), "arn": str(answer["Arn"])}
