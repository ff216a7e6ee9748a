"""The log of an experiment: the records of schema version 2, one JSON object each."""

import json
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from harness.lab.fis.experiment import ActionState, Experiment
from harness.lab.fis.log_delivery import Delivery, LogStore
from harness.lab.fis.template import LOG_SCHEMA_VERSION

TARGETS_A_RECORD = 500

log = logging.getLogger("lab.fis")


class ExperimentLog:
    """Writes what happens to one experiment, if its template asks for a log. A record that is lost ends nothing."""

    def __init__(self, experiment: Experiment, store: LogStore) -> None:
        self.experiment, self.delivery = experiment, Delivery(experiment, store)

    def check(self) -> None:
        """Raises CannotStart when there is nowhere to write."""
        self.delivery.check()

    def started(self) -> None:
        """The experiment began."""
        e = self.experiment
        self._write("experiment-start", experiment_template_id=e.template.id, experiment_start_time=_time(e.started))

    def resolving(self, target: str) -> None:
        """The resources of a target are looked for."""
        self._write("target-resolution-start", target_resolution_start_time=_time(_now()), target_name=target)

    def resolved(self, target: str, type: str, arns: Sequence[str], error: str | None = None) -> None:
        """The resources of a target were found, or not."""
        details = {"target_resolution_end_time": _time(_now()), "target_name": target, "target_type": type}
        problem = {} if error is None else {"error_information": error}
        self._write(
            "target-resolution-detail",
            **details,
            account_id=self.experiment.account,
            resolved_targets_count=len(arns),
            status="completed" if error is None else "failed",
            **problem,
        )
        pages = [arns[n : n + TARGETS_A_RECORD] for n in range(0, len(arns), TARGETS_A_RECORD)] or [[]]
        for number, page in enumerate(pages, 1):
            found = {"resolved_targets": [{"arn": arn} for arn in page], "page": number, "total_pages": len(pages)}
            self._write("target-resolution-end", **details, **found, **problem)

    def action_started(self, action: ActionState) -> None:
        """An action began."""
        parameters = {"parameters": action.spec["parameters"]} if action.spec.get("parameters") else {}
        targets = action.spec.get("targets") or {}
        at = _time(action.started)
        self._action("action-start", action, action_start_time=at, action_targets=targets, **parameters)

    def action_ended(self, action: ActionState) -> None:
        """An action that had begun is over."""
        state = {"status": action.status.value, "reason": action.reason}
        if action.code:
            self._action("action-error", action, account_id=self.experiment.account, action_state=state)
        self._action("action-end", action, action_end_time=_time(action.ended), action_state=state)

    def ended(self) -> None:
        """The experiment is over."""
        e = self.experiment
        state = {"status": e.status.value, "reason": e.reason}
        self._write("experiment-end", experiment_end_time=_time(e.ended), experiment_state=state)
        self._try(self.delivery.finish)

    def _action(self, kind: str, action: ActionState, **details: Any) -> None:
        self._write(kind, action_name=action.name, action_id=action.spec["actionId"], **details)

    def _write(self, kind: str, **details: Any) -> None:
        if not self.delivery.wanted:
            return
        at, head = _now(), {"id": self.experiment.id, "log_type": kind}
        record = {**head, "event_timestamp": _time(at), "version": str(LOG_SCHEMA_VERSION), "details": details}
        self._try(lambda: self.delivery.send(at, json.dumps(record)))

    def _try(self, deliver: Callable[[], None]) -> None:
        try:
            deliver()
        except Exception:
            log.exception("a part of the log of experiment %s was lost", self.experiment.id)


def _now() -> datetime:
    return datetime.now(UTC)


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
