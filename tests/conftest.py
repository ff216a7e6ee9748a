"""What every test may use; labs are started by the tests that need one."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path, PurePath
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from harness.measures.registry import MEASURES
from tests import turns
from tests.turns import Turns

# How long an example takes depends on the machine, and no test asserts it.
settings.register_profile("drill", deadline=None)
settings.load_profile("drill")


TURNS = Turns(gate=Path(turns.__file__), machine=Path(__file__))
# Set while a test has its turn: a drill that it starts is a pytest session too, and in the same turn.
IN_TURN = "DRILL_TEST_IN_TURN"


class ByLab(LoadScopeScheduling):
    """The tests of a file go to one worker, for they may share a lab; so do all that run whole drills.

    Two drills at once would take each other's processor time on a machine with two cores.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = PurePath(nodeid.split("::", maxsplit=1)[0])
        return "drills" if path.parts[1] in ("contract", "drills") else str(path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """No other test runs beside one that is marked `alone`."""
    if IN_TURN in os.environ:
        return (yield)
    with TURNS.take(alone=item.get_closest_marker("alone") is not None), pytest.MonkeyPatch.context() as patch:
        patch.setenv(IN_TURN, "yes")
        return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByLab:
    """How workers share the tests, whatever --dist says."""
    return ByLab(config, log)


@pytest.fixture
def registered() -> Iterator[None]:
    """Measures that a test registers are forgotten again."""
    before = dict(MEASURES)
    yield
    MEASURES.clear()
    MEASURES.update(before)


@pytest.fixture(scope="module")
def aws() -> Any:
    """AWS clients that reach nobody."""
    from harness.aws.session import Aws
    from tests.experiments import STACK

    return Aws(STACK)


@pytest.fixture
def stub(aws: Any) -> Iterator[Callable[[str], Any]]:
    """Stands between a service and the network; every answer must have been used at the end."""
    from botocore.stub import Stubber

    made: list[Stubber] = []

    def between(service: str) -> Stubber:
        stubber = Stubber(aws.client(service, "us-east-1"))
        stubber.activate()
        made.append(stubber)
        return stubber

    yield between
    for each in made:
        each.deactivate()
        each.assert_no_pending_responses()
