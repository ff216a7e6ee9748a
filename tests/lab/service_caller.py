"""Somebody at an address who calls DynamoDB and S3."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from control_lab import ControlLab

PATIENCE_S = 2.0


def warm_up(lab: ControlLab) -> None:
    """Have the lab load what answers these calls: the first one takes longer than a caller waits."""
    lab.client("dynamodb").list_tables()
    lab.client("s3").list_buckets()


class Caller:
    """Somebody at a source address who calls DynamoDB and S3, with little patience and no second try."""

    def __init__(self, lab: ControlLab, source: str, region: str) -> None:
        self._lab, self._region = lab, region
        self._source = source

    def _client(self, service: str) -> Any:
        client = boto3.client(
            service,
            region_name=self._region,
            endpoint_url=self._lab.stack["endpoint_url"],
            aws_access_key_id="any",
            aws_secret_access_key="key",
            config=Config(read_timeout=PATIENCE_S, retries={"total_max_attempts": 1}),
        )
        manager = client._endpoint.http_session._manager
        manager.connection_pool_kw["source_address"] = (self._source, 0)
        return client

    def _answers(self, call: Any) -> bool:
        try:
            call()
        except ReadTimeoutError:
            return False
        return True

    def dynamodb(self) -> bool:
        """Whether DynamoDB answers."""
        return self._answers(self._client("dynamodb").list_tables)

    def s3(self) -> bool:
        """Whether S3 answers."""
        return self._answers(self._client("s3").list_buckets)

    def both(self) -> tuple[bool, bool]:
        """Whether DynamoDB answers, and whether S3 does."""
        return self.dynamodb(), self.s3()
