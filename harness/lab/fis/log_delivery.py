"""Where the log of an experiment goes: to a log group at once, to a bucket when the experiment is over."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from harness.lab.fis.experiment import Experiment
from harness.lab.fis.failure import CONFIGURATION, CannotStart
from harness.lab.fis.template import log_group


class LogStore(Protocol):
    """The log groups of CloudWatch Logs, by region and name, and the buckets of S3."""

    def has_group(self, region: str, group: str) -> bool: ...
    def put_event(self, region: str, group: str, stream: str, at: datetime, message: str) -> None: ...
    def has_bucket(self, bucket: str) -> bool: ...
    def put_object(self, bucket: str, key: str, body: str) -> None: ...


class Delivery:
    """Delivers the records of one experiment."""

    def __init__(self, experiment: Experiment, store: LogStore) -> None:
        self.experiment, self.store = experiment, store
        configuration = experiment.template.log
        self.group = log_group(configuration)
        s3 = configuration.get("s3Configuration") or {}
        self.bucket, self.prefix = s3.get("bucketName"), s3.get("prefix", "")
        self._held: list[str] = []

    @property
    def wanted(self) -> bool:
        """Whether anybody wants a log."""
        return bool(self.group or self.bucket)

    def check(self) -> None:
        """Raises CannotStart when the log group or the bucket is not there; nothing is delivered then."""
        for problem, at in self._missing():
            self.group = self.bucket = None
            raise CannotStart(problem, CONFIGURATION, f"logConfiguration.{at}")

    def _missing(self) -> Iterator[tuple[str, str]]:
        region = self.experiment.region
        if self.group and not self.store.has_group(region, self.group):
            yield f"Log group {self.group} does not exist in {region}.", "cloudWatchLogsConfiguration"
        if self.bucket and not self.store.has_bucket(self.bucket):
            yield f"Bucket {self.bucket} does not exist.", "s3Configuration"

    def send(self, at: datetime, record: str) -> None:
        """Deliver a record; raises what the store raises."""
        if self.bucket:
            self._held.append(record)
        if self.group:
            stream = f"/aws/fis/{self.experiment.id}"
            self.store.put_event(self.experiment.region, self.group, stream, at, record)

    def finish(self) -> None:
        """Deliver what was held for the bucket; raises what the store raises."""
        if self.bucket:
            body = "".join(f"{record}\n" for record in self._held)
            self.store.put_object(self.bucket, self._key(body), body)

    def _key(self, body: str) -> str:
        e = self.experiment
        ended, digest = e.ended or e.created, hashlib.sha256(body.encode()).hexdigest()[:8]
        name = f"{e.account}_awsfislogs_{e.region}_{e.id}_{ended:%Y%m%d%H%M}Z_{digest}.log"
        folder = f"AWSLogs/{e.account}/fis/{e.region}/{e.id}/{ended:%Y/%m/%d}"
        return "/".join(part for part in (self.prefix.rstrip("/"), folder, name) if part)
