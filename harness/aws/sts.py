"""AWS STS: who is calling."""

from harness.aws.session import Aws, calling


def account_of(aws: Aws, region: str) -> str:
    """The account that the credentials belong to."""
    with calling("sts:GetCallerIdentity"):
        return str(aws.client("sts", region).get_caller_identity()["Account"])
