"""Amazon EC2: which instances run."""

from collections.abc import Mapping

from harness.aws.session import Aws, calling


class Ec2:
    """EC2 in one region."""

    def __init__(self, aws: Aws, region: str) -> None:
        self.region = region
        self._client = aws.client("ec2", region)

    def running(self, tags: Mapping[str, str]) -> Mapping[str, str]:
        """The running instances that carry the tags: id -> availability zone."""
        filters = [{"Name": f"tag:{name}", "Values": [value]} for name, value in tags.items()]
        with calling(f"ec2:DescribeInstances in {self.region}"):
            pages = self._client.get_paginator("describe_instances").paginate(
                Filters=[*filters, {"Name": "instance-state-name", "Values": ["running"]}]
            )
            found = [i for page in pages for reservation in page["Reservations"] for i in reservation["Instances"]]
        return {i["InstanceId"]: i["Placement"]["AvailabilityZone"] for i in found}
