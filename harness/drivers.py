"""The child processes of a run: the prober with its ledger, and Locust; and what they recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.aws.site import Site
from harness.clock import Clock
from harness.errors import HarnessError
from harness.load.child import Child
from harness.load.generator import Generator
from harness.load.locust_child import start_locust
from harness.load.prober_child import prober_settings, start_prober
from harness.load.reading import load_files
from harness.load.summary import load_figures
from harness.model.history import Audit, Stream
from harness.plan import Plan
from harness.probes.audit import audit
from harness.probes.feed import Feed
from harness.probes.records import Records, last_summary, read_records
from harness.store import PROBED


class Drivers:
    """Starts the children, follows what they record, stops them, and reads the ledger back."""

    def __init__(self, plan: Plan, folder: Path, loadtests: Path, clock: Clock) -> None:
        self._plan, self._folder, self._loadtests, self._clock = plan, folder, loadtests, clock
        self._experiment = plan.experiment
        self._children: list[Child] = []
        self._locust: Child | None = None
        self._generator = Generator.asked_for()
        self._feed = Feed([folder / name for name in PROBED], clock.origin_ns)
        self._settings = prober_settings(
            plan.stack,
            folder,
            order_prefix=plan.run,
            probe_rate=self._experiment.probe_rate,
            order_rate=self._experiment.order_rate,
            # A stack that is slow under its load alone must not be dialed hundreds of times a second on top of it.
            redial=bool(self._experiment.faults),
        )

    @property
    def paths(self) -> int:
        """How many (population, stream) pairs are probed."""
        return len(self._plan.stack.populations) * (2 if self._experiment.order_rate > 0 else 1)

    @property
    def slowest_answer(self) -> float:
        """Real seconds after which a probe that was sent is surely answered or given up."""
        return self._settings.total_timeout + 0.2

    @contextmanager
    def driving(self) -> Iterator[None]:
        """The children run inside. When an error leaves it they go on until `stop`: healing does not wait for them."""
        self._children.append(start_prober(self._settings))
        if self._experiment.load:
            load = self._experiment.load
            self._locust = start_locust(self._plan.stack, self._folder, self._loadtests, load, self._generator)
            self._children.append(self._locust)
        yield
        self.stop()

    def facts(self) -> dict[str, Any]:
        """What the journal says about the driving."""
        load = self._experiment.load.rate if self._experiment.load else 0.0
        return {
            "load": load,
            "probes": self._experiment.probe_rate,
            "orders": self._experiment.order_rate,
            "order_prefix": self._settings.order_prefix,
            **self._generator_facts(),
        }

    def _generator_facts(self) -> dict[str, Any]:
        """Only what is not as ever."""
        load, how = self._experiment.load, self._generator
        workers = how.expect_workers or (load.workers if load else 1)
        facts: dict[str, Any] = {} if load is None or workers == 1 else {"workers": workers}
        return facts if load is None or how.ui is None else {**facts, "ui": f"http://{how.ui}"}

    def begin_profile(self, at: float) -> None:
        """Have the load profile begin at a moment (real seconds since the start of the run). Raises ChildFailed."""
        if self._locust is not None:
            self._locust.tell(f"begin {self._clock.origin_ns + round(at * 1e9)}")

    def poll(self) -> Records:
        """What was recorded since the last poll."""
        return self._feed.poll()

    def check(self) -> None:
        """Raise ChildFailed when a child ended by itself."""
        for child in self._children:
            child.check()

    def stop(self) -> None:
        """Stop the children; those that are stopped already are left alone."""
        children, self._children = self._children, []
        errors = []
        for child in children:
            try:
                child.stop()
            except HarnessError as error:
                errors.append(str(error))
        if errors:
            raise HarnessError("; ".join(errors))

    def totals(self) -> dict[str, Any]:
        """Planned and recorded requests of each file, and the children's own scheduling errors."""
        load = {"load": load_figures(self._folder)} if load_files(self._folder) else {}
        probed = [self._folder / name for name in PROBED]
        return {**load, **{path.stem: self._total(path) for path in probed if path.exists()}}

    def _total(self, path: Path) -> dict[str, Any]:
        summary = last_summary(path)
        return {**(summary or {}), "recorded": self._recorded(path), "ended_in_order": summary is not None}

    def _recorded(self, path: Path) -> int:
        return len(read_records(path, self._clock.origin_ns).requests)

    def audit(self, site: Site) -> Audit:
        """Read the ledger back from the database that writers use now. Raises NotAudited."""
        ledger = read_records(self._folder / "ledger.jsonl", self._clock.origin_ns)
        written = [r.write_id for r in ledger.requests if r.stream is Stream.WRITE and r.write_id]
        return audit(
            self._endpoint(site), prefix=self._settings.order_prefix, written=written, at=self._clock.at, deadline=10.0
        )

    def _endpoint(self, site: Site) -> str:
        """The regional endpoint beside the database that is the primary now."""
        database = site.stack.database
        instances = database.instances if database else {}
        for region, identifier in instances.items():
            found = site.rds(region).instance(identifier)
            if found is not None and not found.is_replica:
                return site.stack.regions[region].url
        raise HarnessError(f"no primary among {', '.join(instances.values()) or 'no databases'}")
