"""Drill inside pytest: carries out the When, judges in the Then, keeps the evidence. A composition root."""

import functools
import os
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from pytest_bdd.parser import Feature, Scenario
from pytest_bdd.scenario import get_step_function
from pytest_bdd.steps import step_function_context_registry

from harness import evidence, stack_source
from harness.aws.inventory import capacities
from harness.aws.site import Site
from harness.baseline import freeze
from harness.clock import Clock
from harness.criteria import impossible_measures, impossible_phases
from harness.endings import ENDINGS, EXIT_CODES, Endings
from harness.errors import CallFailed, HarnessError, Refused
from harness.estimate import estimate, words
from harness.faults.compilation import compile_faults
from harness.faults.registry import FaultTemplate
from harness.faults.sentences import closest
from harness.load.generator import UI
from harness.model.experiment import Experiment
from harness.model.history import Event
from harness.model.verdict import Judgement, Verdict
from harness.pinned import Pinned, pin
from harness.plan import Plan, admit, problems
from harness.reports.progress import progress_line


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
    allure: bool = False
    shown: bool = False

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
            raise NotMet(
                self.judgement.verdict, f"expected {verdict} because of {measure}:\n" + evidence.summary(self.judgement)
            )

    def expect_void(self, cause: str) -> None:
        """Raise NotMet unless the run is void and one of its causes contains these words."""
        self._show()
        if not any(cause in each for each in self.judgement.voids):
            raise NotMet(self.judgement.verdict, f"expected a void run: {cause}\n" + evidence.summary(self.judgement))

    def _show(self) -> None:
        """Tell a person, once however many Then steps there are."""
        if self.shown:
            return
        self.shown = True
        if self.allure:
            from harness.allure_steps import show

            show(self.judgement, self.folder)
        self.tell(evidence.terminal(self.folder, self.judgement))


@dataclass(slots=True)
class Drill:
    """Carries out experiments, or only checks them."""

    project: Path
    results: Path
    check_only: bool
    allure: bool
    tell: Callable[[str], None]
    began: Callable[[Path], None]
    note: Callable[[str], None] = lambda _: None

    def perform(self, experiment: Experiment, wrong: list[str], pinned: list[Pinned], where: str) -> Performance:
        """Admit the drill and carry it out. Raises Refused with every problem; in check mode ends the test here."""
        found = list(wrong)
        source = None
        try:
            source = stack_source.find(experiment.stack or None, self._stacks)
            found += [f"{where}: {each}" for each in problems(experiment, source.blueprint, misread=bool(wrong))]
        except Refused as refused:
            found += [f"{where}: {each}" for each in refused.problems]
        found += [f"{where}: {each}" for each in _impossible(experiment)]
        if found or source is None:
            raise Refused(found)
        if self.check_only:
            self._estimated(experiment, compile_faults(experiment, source.blueprint), None, self.note)
            pytest.skip("admitted")
        evidence.writable(self.results)
        with source.opened() as stack:
            self.tell(f"stack {stack.stack} ({evidence.environment(stack)})")
            site = Site(stack, Clock(time_scale=stack.time_scale))
            plan = self._admit(experiment, site, [*pinned, *self._pinned(experiment)])
            # Checking a drill needs none of what carries it out.
            from harness.run import Places, carry_out

            folder = carry_out(
                plan,
                site,
                Places(
                    loadtests=self._loadtests,
                    results=self.results,
                    tell=self._event(stack.time_scale),
                    began=self.began,
                ),
            )
        return Performance(folder, self.tell, self.allure)

    def _admit(self, experiment: Experiment, site: Site, pinned: list[Pinned]) -> Plan:
        """The plan, with what the drill is held against, frozen before anything begins, and what it will cost."""
        baseline = freeze(self.results, experiment, site.stack, pinned) if experiment.baseline else None
        plan = admit(experiment, site, pinned, baseline)
        return replace(plan, estimate=self._estimated(experiment, plan.templates, site, self.tell))

    def _estimated(
        self,
        experiment: Experiment,
        templates: tuple[FaultTemplate, ...],
        site: Site | None,
        tell: Callable[[str], None],
    ) -> str:
        """What the drill will cost, as it is told; empty where it names no prices."""
        if experiment.prices is None:
            return ""
        found = None
        with suppress(CallFailed):  # an estimate says that it does not know; it keeps nobody from drilling
            found = capacities(site) if site else None
        expected = estimate(experiment, experiment.prices, templates, found)
        text = words(expected, experiment.prices, datetime.now(UTC).date().isoformat())
        tell(text)
        return text

    @property
    def _stacks(self) -> Path:
        return self.project / "scenarios" / "stacks"

    @property
    def _loadtests(self) -> Path:
        return self.project / "loadtests"

    def _pinned(self, experiment: Experiment) -> list[Pinned]:
        """The files that the drill names only, or takes for granted."""
        users = sorted(self._loadtests.glob("*.py")) if experiment.load else []
        return [
            pin("stack", stack_source.path_of(experiment.stack, self._stacks)),
            *(pin("load test", p) for p in users),
        ]

    def _event(self, scale: float) -> Callable[[Event], None]:
        def say(event: Event) -> None:
            line = progress_line(event, scale)
            if line is not None:
                self.tell(line)

        return say


def _impossible(experiment: Experiment) -> list[str]:
    """The criteria that this experiment could never measure."""
    has_profile = experiment.load is not None and bool(experiment.load.points)
    phases = impossible_phases(
        experiment.criteria,
        has_runbook=experiment.runbook is not None,
        has_fault=bool(experiment.faults),
        has_profile=has_profile,
    )
    return phases + impossible_measures(
        experiment.criteria,
        has_fault=bool(experiment.faults),
        has_ledger=experiment.order_rate > 0,
        has_load=experiment.load is not None,
        has_profile=has_profile,
        has_baseline=experiment.baseline,
        has_prices=experiment.prices is not None,
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of drills."""
    group = parser.getgroup("drill")
    group.addoption("--drill-results", default="results", help="folder that keeps the evidence of every run")
    group.addoption("--drill-ui", action="store_true", help="show Locust's web UI on loopback while a drill runs")
    group.addoption("--drill-check", action="store_true", help="only check the drills; touch nothing")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep Allure results beside the evidence when drills are run and no other place was named."""
    config.stash[ENDINGS] = Endings()
    if config.option.drill_ui:
        os.environ[UI] = "1"
    wants_drills = any("scenarios" in arg or arg.split("::")[0].endswith(".feature") for arg in config.args)
    if wants_drills and not config.option.drill_check and not getattr(config.option, "allure_report_dir", None):
        config.option.allure_report_dir = str(Path(config.option.drill_results) / "allure")
    if getattr(config.option, "allure_report_dir", None):
        from harness.allure_steps import AllureSteps

        config.pluginmanager.register(AllureSteps(), "drill-allure-steps")


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
    config, node = request.config, request.node.nodeid
    return Drill(
        project=config.rootpath,
        results=Path(config.option.drill_results).resolve(),
        check_only=config.option.drill_check,
        allure=config.pluginmanager.hasplugin("drill-allure-steps"),
        tell=_teller(config),
        began=lambda folder: config.stash[ENDINGS].began.append((node, folder)),
        note=lambda text: config.stash[ENDINGS].notes.append((node, text)),
    )


def _teller(config: pytest.Config) -> Callable[[str], None]:
    capture = config.pluginmanager.getplugin("capturemanager")

    def tell(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(text, flush=True)

    return tell


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Feature, scenario: Scenario) -> None:
    """Refuse a scenario with steps that nobody knows, all of them at once, before the first step runs."""
    if [s.type for s in scenario.steps].count("when") != 1 or scenario.steps[-1].type != "then":
        raise Refused([f"{shown(feature)}:{scenario.line_number}: a drill has one When, and a Then that judges it"])
    unknown = [step for step in scenario.steps if get_step_function(request=request, step=step) is None]
    if unknown:
        raise Refused(
            f"{shown(feature)}:{s.line_number}: unknown step {s.keyword} {s.name!r}{_nearest(s.name)}" for s in unknown
        )


def shown(feature: Feature) -> str:
    """The path of a feature file as a person would type it."""
    return os.path.relpath(feature.filename)


def _nearest(name: str) -> str:
    """The known step that reads most like this one."""
    patterns = [context.parser.name for context in step_function_context_registry.values()]
    close = closest(name, patterns)
    return f"; did you mean {close!r}?" if close else ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember how each drill ended, for the exit code of `drill run`."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    if call.when == "call" or error is not None:
        _note(item, call.when, error, report)
    return report


def _note(item: pytest.Item, when: str, error: BaseException | None, report: pytest.TestReport) -> None:
    endings = item.config.stash[ENDINGS]
    skipped = isinstance(error, pytest.skip.Exception)
    if error is None or (skipped and item.config.option.drill_check):
        endings.each.append((item.nodeid, 0, ""))
    elif skipped:
        endings.each.append((item.nodeid, 3, f"refused: {item.nodeid} is skipped and shows nothing"))
    elif isinstance(error, HarnessError | NotMet):
        endings.each.append((item.nodeid, error.exit_code, str(error)))
        report.longrepr = str(error)
    else:
        endings.each.append((item.nodeid, 70, report.longreprtext))
