"""The S3 API: moto's, with replication. Buckets are in the path of the URL. Importing it imports moto's S3."""

from typing import Any

from moto.s3.exceptions import ReplicationConfigurationNotFoundError
from moto.s3.responses import S3Response

from harness.lab.control.answer import ActionResult, NotInTheLab
from harness.lab.control.api import operation_of
from harness.lab.control.buckets import ROLE, Buckets, Version

# What moto would keep without any effect.
_NOT_HONOURED = ("acl", "grant-", "object-lock-", "server-side-encryption", "storage-class", "tagging", "website-")
_HEADERS = tuple(f"x-amz-{name}" for name in _NOT_HONOURED)


class BucketsApi(S3Response):
    """Serves the buckets of every region, whatever region is asked."""

    def __init__(self, buckets: Buckets) -> None:
        super().__init__()
        self.buckets = buckets

    def call_action(self) -> Any:
        """Answer, pass on what was written, and say how far its replication is."""
        self.buckets.bucket(self.region)
        request: Any = self.request
        operation = operation_of(request, self)
        if refused := [name for name, _ in request.headers if name.lower().startswith(_HEADERS)]:
            raise NotInTheLab("s3", f"{operation} with {', '.join(refused)}")
        answer = self.key_response if self.parse_key_name() else self.bucket_response
        status, headers, body = answer(request, request.url, request.headers)
        if status < 300 and (id := headers.get("x-amz-version-id")):
            self._follow(operation or "", Version(key=self.parse_key_name(), id=str(id)), headers)
        return status, headers, body

    def _follow(self, operation: str, version: Version, headers: Any) -> None:
        if operation in ("PutObject", "CompleteMultipartUpload") or (
            operation == "DeleteObject" and "versionId" not in self.request.args
        ):
            self.buckets.wrote(self.bucket_name, version)
        elif operation in ("GetObject", "HeadObject") and (now := self.buckets.status(self.bucket_name, version)):
            headers["x-amz-replication-status"] = now

    def get_bucket_replication(self) -> Any:
        self.data["Action"] = "GetBucketReplication"  # moto named it for IAM
        rules = self.buckets.rules(self.backend.get_bucket(self.bucket_name).name)
        if not rules:
            raise ReplicationConfigurationNotFoundError(bucket_name=self.bucket_name)
        return self.serialized(ActionResult({"ReplicationConfiguration": {"Role": ROLE, "Rules": rules}}))
