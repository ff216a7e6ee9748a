"""Where the lab itself writes logs, those of FIS: the log groups of CloudWatch Logs, and the buckets."""

from datetime import datetime

from harness.lab.control.buckets import Buckets
from harness.lab.control.lab import Lab
from harness.lab.control.records import logs


class LabLogStore:
    """The log groups and the buckets of every region."""

    def __init__(self, lab: Lab, buckets: Buckets) -> None:
        self.lab, self.buckets = lab, buckets

    def has_group(self, region: str, group: str) -> bool:
        """Whether there is such a log group."""
        with self.lab.lock:
            return group in logs(region).groups

    def put_event(self, region: str, group: str, stream: str, at: datetime, message: str) -> None:
        """Write an event to a stream, which is made if need be; raises where the group is gone."""
        event = {"timestamp": int(at.timestamp() * 1000), "message": message}
        with self.lab.lock:
            logs(region).ensure_log_stream(group, stream)
            logs(region).put_log_events(group, stream, [event])

    def has_bucket(self, bucket: str) -> bool:
        """Whether there is such a bucket."""
        with self.lab.lock:
            return self.buckets.there(bucket)

    def put_object(self, bucket: str, key: str, body: str) -> None:
        """Write an object; it is replicated like any other."""
        with self.lab.lock:
            self.buckets.put(bucket, key, body.encode())
