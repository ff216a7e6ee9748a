"""The log groups of CloudWatch Logs, for what writes to them: FIS, its experiment logs."""

from datetime import datetime

from harness.lab.control.lab import Lab
from harness.lab.control.records import logs


class LogGroups:
    """The log groups of every region."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def there(self, region: str, group: str) -> bool:
        """Whether there is such a log group."""
        with self.lab.lock:
            return group in logs(region).groups

    def put(self, region: str, group: str, stream: str, at: datetime, message: str) -> None:
        """Write an event to a stream, which is made if need be; raises where the group is gone."""
        event = {"timestamp": int(at.timestamp() * 1000), "message": message}
        with self.lab.lock:
            logs(region).ensure_log_stream(group, stream)
            logs(region).put_log_events(group, stream, [event])
