"""What a service does next: how many tasks it launches, where, and which it stops. Pure.

A task is replaced before it is stopped, as ECS does with a minimum of 100 % healthy and a maximum of 200 %.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from harness.lab.ecs.cluster import ACTIVE, Host
from harness.lab.ecs.task import Stop, Task

MAXIMUM_PERCENT, MINIMUM_HEALTHY_PERCENT = 200, 100
SCALED_IN = "Scaling activity initiated by the service scheduler"
DRAINED = "The container instance of the task is draining"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the scheduler knows: the tasks that nobody stops, eldest first, and the ids of some of them."""

    desired: int
    tasks: Sequence[Task]
    healthy: Set[str]
    failing: Mapping[str, str]  # id -> why, of those that fail health checks after their grace period
    draining: Set[str]  # ARNs of container instances

    def leaving(self) -> list[Task]:
        """Those that have to be replaced."""
        return [t for t in self.tasks if t.id in self.failing or t.host in self.draining]

    def staying(self) -> list[Task]:
        """Those that have not."""
        leaving = self.leaving()
        return [t for t in self.tasks if t not in leaving]


def launches(view: View) -> int:
    """How many tasks to launch."""
    room = view.desired * MAXIMUM_PERCENT // 100 - len(view.tasks)
    return max(0, min(view.desired - len(view.staying()), room))


def stops(view: View) -> list[tuple[Task, Stop]]:
    """Which tasks to stop, and why."""
    chosen = [*_surplus(view), *_failed(view), *_drained(view)]
    return [(task, Stop(code="ServiceSchedulerInitiated", reason=reason)) for task, reason in chosen]


def _surplus(view: View) -> Iterator[tuple[Task, str]]:
    left = view.staying()
    while len(left) > view.desired:
        zones = [t.zone for t in left]
        # Those that do not serve yet go first, then those of the fullest zone, of these the youngest.
        order = [(t.id not in view.healthy, zones.count(t.zone), n) for n, t in enumerate(left)]
        yield left.pop(order.index(max(order))), SCALED_IN


def _failed(view: View) -> Iterator[tuple[Task, str]]:
    # Nobody is stopped before somebody healthy is there for him; replacements that fail too go, eldest tasks stay.
    failing = [t for t in view.tasks if t.id in view.failing]
    kept = max(0, view.desired - len(view.healthy))
    yield from ((t, view.failing[t.id]) for t in failing[kept:])


def _drained(view: View) -> Iterator[tuple[Task, str]]:
    spare = len(view.healthy) - view.desired * MINIMUM_HEALTHY_PERCENT // 100
    for task in view.leaving():
        serves = task.id in view.healthy
        if task.id not in view.failing and (not serves or spare > 0):
            spare -= serves
            yield task, DRAINED


def place(hosts: Sequence[Host], tasks: Sequence[Task]) -> Host | None:
    """The active container instance with the fewest tasks, of these the one whose turn it is; none if none is."""
    held = [t.host for t in tasks]
    active = [h for h in hosts if h.status == ACTIVE]
    return min(active, key=lambda h: (held.count(h.arn), h.turn), default=None)
