"""CloudWatch Logs: moto's answers, without those that would be untrue. Imported at the first call."""

import re
from typing import Any

from moto.logs.responses import LogsResponse

from harness.lab.control.answer import NotInTheLab

_TERM = re.compile(r'\w+|"[^"]+"')


class LogsApi(LogsResponse):
    """Log groups and their events."""

    def create_log_group(self) -> Any:
        for pretended in ("kmsKeyId", "logGroupClass"):
            if self._get_param(pretended):
                raise NotInTheLab("logs", f"CreateLogGroup with {pretended}")
        return super().create_log_group()

    def filter_log_events(self) -> Any:
        # Every other pattern moto takes to match all events.
        pattern = self._get_param("filterPattern")
        if pattern and not _TERM.fullmatch(pattern):
            raise NotInTheLab("logs", f"FilterLogEvents with the pattern {pattern!r}; it can do one term")
        return super().filter_log_events()
