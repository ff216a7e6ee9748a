"""Sees, while the run goes on, whether clients are served: when an effect began and since when it has been over."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.model.history import Outcome, Request, Stream

Path = tuple[str, Stream]


@dataclass(slots=True)
class Observer:
    """Follows reads and writes of every population. All times are real seconds since the start of the run."""

    answered: set[Path] = field(default_factory=set)
    last_failure: dict[Path, float] = field(default_factory=dict)
    first_success: dict[Path, Request] = field(default_factory=dict)
    first_failure: float | None = None
    _mark: float = 0.0

    def mark(self, at: float) -> None:
        """Forget failures that were sent before `at`: from now on only later ones count."""
        self._mark = at
        self.first_failure = None
        self.last_failure.clear()
        self.first_success.clear()

    def see(self, requests: Iterable[Request]) -> None:
        """Take in what was recorded since the last call, in any order."""
        for request in requests:
            if request.stream is not Stream.LOAD:
                self._see(request)

    def _see(self, request: Request) -> None:
        path = (request.population, request.stream)
        if request.outcome is Outcome.OK:
            self.answered.add(path)
            known = self.first_success.get(path)
            later = request.sent > self.last_failure.get(path, -1.0)
            if later and request.sent >= self._mark and (known is None or request.sent < known.sent):
                self.first_success[path] = request
        elif request.finished >= self._mark:
            self.first_failure = min(self.first_failure or request.sent, request.sent)
            self.last_failure[path] = max(self.last_failure.get(path, -1.0), request.sent)
            known = self.first_success.get(path)
            if known is not None and known.sent <= self.last_failure[path]:
                del self.first_success[path]

    def served_since(self) -> float | None:
        """Since when every path that ever answered is served without a failure; None while one is not."""
        missing = [p for p in self.answered if p in self.last_failure and p not in self.first_success]
        if missing:
            return None
        return max(
            (self.first_success[p].finished for p in self.last_failure if p in self.first_success), default=self._mark
        )

    def unserved(self) -> tuple[str, ...]:
        """The paths that fail now, as "NA read", in a stable order."""
        return tuple(sorted(f"{p} {s}" for p, s in self.last_failure if (p, s) not in self.first_success))
