"""Drill inside pytest: carries out the When, judges in the Then, keeps the evidence. A composition root."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pytest_bdd.parser import Feature, Scenario
from pytest_bdd.scenario import get_step_function

from harness import evidence, stack_source
from harness.aws.site import Site
from harness.clock import Clock
from harness.criteria import impossible_phases
from harness.errors import HarnessError, Refused
from harness.model.experiment import Experiment
from harness.model.history import Event
from harness.model.verdict import Judgement, Verdict
from harness.plan import admit, problems
from harness.reports.progress import progress_line
from harness.run import Places, carry_out

EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 2}
# The worse ending wins when a session holds several drills.
_WORST_FIRST = (70, 5, 4, 3, 1, 2, 0)


class NotMet(AssertionError):
    """A judgement that is not what the Then expected."""

    def __init__(self, verdict: Verdict, text: str) -> None:
        self.exit_code = EXIT_CODES[verdict]
        super().__init__(text)


@dataclass(slots=True)
class Performance:
    """A drill that was carried out: its folder, and what judgement made of it."""

    folder: Path
    tell: Callable[[str], None]

    @functools.lru_cache  # noqa: B019  judged once; lives as long as the test
    def _judgement(self) -> Judgement:
        return evidence.judge_folder(self.folder)

    def __hash__(self) -> int:
        return id(self)

    @property
    def judgement(self) -> Judgement:
        """Judged from the folder alone, once; the reports are written beside it."""
        return self._judgement()

    def expect_pass(self) -> None:
        """Raise NotMet unless the verdict is PASS."""
        self._show()
        if self.judgement.verdict is not Verdict.PASS:
            raise NotMet(self.judgement.verdict, evidence.summary(self.judgement))

    def expect(self, verdict: str, measure: str) -> None:
        """Raise NotMet unless the verdict is this one and a finding about this measure has it."""
        self._show()
        reasons = {f.criterion.measure for f in self.judgement.findings if f.verdict.value == verdict}
        if self.judgement.verdict.value != verdict or measure not in reasons:
            raise NotMet(self.judgement.verdict, f"expected {verdict} because of {measure}:\n" + evidence.summary(self.judgement))

    def expect_void(self, cause: str) -> None:
        """Raise NotMet unless the run is void and one of its causes contains these words."""
        self._show()
        if not any(cause in each for each in self.judgement.voids):
            raise NotMet(self.judgement.verdict, f"expected a void run: {cause}\n" + evidence.summary(self.judgement))

    def _show(self) -> None:
        evidence.allure_findings(self.judgement, self.folder)
        self.tell(evidence.terminal(self.folder, self.judgement))


@dataclass(slots=True)
class Drill:
    """Carries out experiments, or only checks them."""

    project: Path
    results: Path
    check_only: bool
    tell: Callable[[str], None]

    def perform(self, experiment: Experiment, wrong: list[str], text: str, where: str) -> Performance:
        """Admit the drill and carry it out. Raises Refused with every problem; in check mode ends the test here."""
        found = list(wrong)
        source = None
        try:
            source = stack_source.find(experiment.stack or None, self.project / "scenarios" / "stacks")
            found += [f"{where}: {each}" for each in problems(experiment, source.blueprint)]
        except Refused as refused:
            found += [f"{where}: {each}" for each in refused.problems]
        found += [f"{where}: {p}" for p in impossible_phases(experiment.criteria, has_runbook=experiment.runbook is not None, has_fault=bool(experiment.faults))]
        if found or source is None:
            raise Refused(found)
        if self.check_only:
            pytest.skip("admitted")
        evidence.writable(self.results)
        with source.opened() as stack:
            self.tell(f"stack {stack.stack} ({evidence.environment(stack)})")
            site = Site(stack, Clock(time_scale=stack.time_scale))
            plan = admit(experiment, site, text)
            folder = carry_out(plan, site, Places(loadtests=self.project / "loadtests", results=self.results, tell=self._event(stack.time_scale)))
        return Performance(folder, self.tell)

    def _event(self, scale: float) -> Callable[[Event], None]:
        def say(event: Event) -> None:
            line = progress_line(event, scale)
            if line is not None:
                self.tell(line)

        return say


@dataclass(slots=True)
class Endings:
    """How each scenario of the session ended: (node id, exit code, text)."""

    each: list[tuple[str, int, str]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The worst of them; 70 when nothing ran."""
        codes = {code for _, code, _ in self.each} or {70}
        return next(code for code in _WORST_FIRST if code in codes)


ENDINGS = pytest.StashKey[Endings]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of drills."""
    group = parser.getgroup("drill")
    group.addoption("--drill-results", default="results", help="folder that keeps the evidence of every run")
    group.addoption("--drill-check", action="store_true", help="only check the drills; touch nothing")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep Allure results beside the evidence when drills are run and no other place was named."""
    config.stash[ENDINGS] = Endings()
    wants_drills = any("scenarios" in arg or arg.split("::")[0].endswith(".feature") for arg in config.args)
    if wants_drills and not config.option.drill_check and not getattr(config.option, "allure_report_dir", None):
        config.option.allure_report_dir = str(Path(config.option.drill_results) / "allure")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """A feature file that is named on the command line needs no binding module."""
    named = [Path(arg.split("::")[0]).resolve() for arg in parent.config.args]
    if file_path.suffix == ".feature" and file_path.resolve() in named:
        return FeatureModule.from_parent(parent, path=file_path)
    return None


class FeatureModule(pytest.Module):
    """A feature file as a module that binds all of its scenarios."""

    def _getobj(self) -> ModuleType:
        module = ModuleType(self.path.stem)
        module.__file__ = str(self.path)
        exec(f"from pytest_bdd import scenarios\nscenarios({str(self.path.resolve())!r})", module.__dict__)
        return module


@pytest.fixture
def drill(request: pytest.FixtureRequest) -> Drill:
    """What the When steps carry out drills with."""
    config = request.config
    return Drill(
        project=config.rootpath,
        results=Path(config.option.drill_results).resolve(),
        check_only=config.option.drill_check,
        tell=_teller(config),
    )


def _teller(config: pytest.Config) -> Callable[[str], None]:
    capture = config.pluginmanager.getplugin("capturemanager")

    def tell(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(text, flush=True)

    return tell


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Feature, scenario: Scenario) -> None:
    """Refuse a scenario with steps that nobody knows, all of them at once, before the first step runs."""
    unknown = [step for step in scenario.steps if get_step_function(request=request, step=step) is None]
    if unknown:
        raise Refused(f"{feature.rel_filename}:{s.line_number}: unknown step {s.keyword} {s.name!r}{evidence.nearest_step(request, s.name)}" for s in unknown)


@pytest.hookimpl(wrapper=True)
def pytest_bdd_before_step_call(**_: Any) -> Iterator[Any]:
    """Reserved so that each Gherkin step shows in Allure."""
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """Remember how each drill ended, for the exit code of `drill run`."""
    report: pytest.TestReport = yield
    error = call.excinfo.value if call.excinfo else None
    if call.when == "call" or error is not None:
        _note(item, call.when, error, report)
    return report


def _note(item: pytest.Item, when: str, error: BaseException | None, report: pytest.TestReport) -> None:
    endings = item.config.stash[ENDINGS]
    if error is None or isinstance(error, pytest.skip.Exception):
        endings.each.append((item.nodeid, 0, ""))
    elif isinstance(error, HarnessError | NotMet):
        endings.each.append((item.nodeid, error.exit_code, str(error)))
        report.longrepr = str(error)
    else:
        endings.each.append((item.nodeid, 70, report.longreprtext))
