"""A pytest session that carries out or checks the drills of feature files, with pytest itself kept quiet."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness import evidence
from harness.endings import ENDINGS, Endings
from harness.errors import Refused

# pytest's own output is switched off: what a person sees is the drill. Of the plugins that happen to be installed only
# those that drills are made of are loaded.
_QUIET = (
    "--disable-plugin-autoload",
    "-p",
    "pytest_bdd.plugin",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:warnings",
    "-qq",
    "--no-header",
    "--no-summary",
)
_BEFORE_THE_END = {
    int(pytest.ExitCode.INTERRUPTED): 4,
    int(pytest.ExitCode.INTERNAL_ERROR): 70,
    int(pytest.ExitCode.USAGE_ERROR): 70,
}
_ALLURE = ("-p", "allure_pytest.plugin")


class Session:
    """Takes the endings of a pytest session, and silences its reporter.

    `stop_on`: the exit codes of a scenario after which no other one begins.
    """

    def __init__(self, stop_on: frozenset[int] = frozenset()) -> None:
        self.endings = Endings()
        self.collection: list[str] = []
        self.stop_on = stop_on

    @property
    def exit_code(self) -> int:
        """That of the worst ending; 70 where a feature file could not be collected."""
        return 70 if self.collection else self.endings.exit_code

    @property
    def problems(self) -> list[str]:
        """What to tell a person; a verdict was told when its scenario ended."""
        return [t for _, code, t in self.endings.each if t and code not in (1, 2)] + self.collection

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        reporter = config.pluginmanager.getplugin("terminalreporter")
        if reporter is not None:
            config.pluginmanager.unregister(reporter)
        self.endings = config.stash[ENDINGS]
        _read_features_anew()

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._pytest = session

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.collection.append(report.longreprtext)

    def pytest_runtest_logfinish(self) -> None:
        if self.stop_on & {code for _, code, _ in self.endings.each}:
            self._pytest.shouldfail = "a drill did not come to its end"


def _read_features_anew() -> None:
    """pytest-bdd keeps what it read in an earlier session: the text that is pinned could be another one by now."""
    from pytest_bdd.feature import features

    features.clear()


def carry_out(features: Sequence[Path], keyword: str, results: Path, stop_on: frozenset[int] = frozenset()) -> Session:
    """Carry out drills. Raises Refused where there is none, or results cannot be written."""
    evidence.writable(results)
    extra = ["-k", keyword] if keyword else []
    ended = _session(features, Session(stop_on), *_ALLURE, "--drill-results", str(results), *extra)
    if not ended.endings.each and not ended.collection:
        raise Refused(["no scenario found"])
    return ended


def check(features: Sequence[Path]) -> Session:
    """Check drills without touching anything. Raises Refused where there is no such file."""
    return _session(features, Session(), "--drill-check")


def _session(features: Sequence[Path], session: Session, *more: str) -> Session:
    missing = [f"{path}: there is no such feature file" for path in features if not path.exists()]
    outside = [
        f"{p}: lies outside this project ({Path.cwd()})"
        for p in features
        if p.exists() and Path.cwd() not in p.resolve().parents
    ]
    if not Path("conftest.py").exists():
        missing.append(f"{Path.cwd()}: no conftest.py here; run drill in the project folder")
    if missing or outside:
        raise Refused(missing + outside)
    paths = sorted({str(each) for path in features for each in (path.rglob("*.feature") if path.is_dir() else [path])})
    ended = pytest.main([*_QUIET, *more, *paths], plugins=[session])
    if code := _BEFORE_THE_END.get(int(ended)):
        session.endings.each.append(("session", code, f"the session ended early: {pytest.ExitCode(ended).name}"))
    return session
