"""`drill check`: every problem at once, with file and line, and nothing touched."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
DRILL = [sys.executable, "-m", "harness.cli"]

GOOD = """Feature: F
  Scenario: S
    Given the "storefront" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
    And a load of 60 requests per second
    And a blast radius of "us-east-1"
    And the success criteria
      | measure       | at most   | in phase | for population |
      | recovery time | 30 minutes |          |                |
      | P95 latency   | 200 ms    |          |                |
    When "us-east-1" is lost for 5 minutes
    Then every criterion is met
"""


@pytest.fixture
def feature(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A feature file inside the project, gone afterwards."""
    folder = PROJECT / "results" / f"check-{tmp_path_factory.mktemp('x').name}-{id(tmp_path_factory)}"
    folder.mkdir(parents=True)
    path = folder / "mine.feature"
    path.write_text(GOOD)
    yield path
    path.unlink(missing_ok=True)
    folder.rmdir()


def _check(*paths: Path | str) -> tuple[int, str]:
    done = subprocess.run(
        [*DRILL, "check", *map(str, paths)], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_the_features_of_this_project_are_admitted() -> None:
    code, said = _check("features")
    assert (code, "0 refused" in said) == (0, True), said


def test_a_good_feature_is_admitted(feature: Path) -> None:
    assert _check(feature)[0] == 0


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("is lost for 5", "is lots for 5", 13, "unknown step When"),
        (
            '"us-east-1" is lost for 5 minutes',
            'these faults strike\n      | 0 s | "us-east-1" is lost |\n      | 0 s | "us-east-1" is isolated |',
            13,
            'the first row of this table is its heading, not a fault: 0 s | "us-east-1" is lost',
        ),
        ("recovery time", "recovery tine", 9, "did you mean 'recovery time'?"),
        ("30 minutes", "30", 9, "unit"),
        ("|          |                |\n    When", "| recovred |                |\n    When", 9, "recovered"),
        (
            "|          |                |\n    When",
            "|          | NAA            |\n    When",
            13,
            "did you mean 'NA'?",
        ),
        ('"us-east-1" is lost', '"us-east-2" is lost', 13, "did you mean 'us-east-1'?"),
        ('"storefront"', '"storefrnt"', 13, "did you mean 'storefront'?"),
        ("60 requests", "many requests", 7, "is no rate"),
        ("a load of 60 requests per second", 'the load profile "stedy"', 7, "did you mean 'steady'?"),
        (
            "second\n",
            "second\n    And the mix of journeys\n      | journey | weight |\n      | brows   | 1      |\n",
            8,
            "unknown journey 'brows'; did you mean 'browse'?",
        ),
        ("5 minutes\n    Then", "5 parsecs\n    Then", 13, "is no span of time"),
        ('radius of "us-east-1"', 'radius of "eu-west-1"', 13, "outside the blast radius"),
        (
            "|          |                |\n    When",
            "| failing over |                |\n    When",
            13,
            "never failing over",
        ),
    ],
)
def test_each_mistake_is_named_with_file_and_line(feature: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    feature.write_text(GOOD.replace(old, new, 1))
    code, output = _check(feature)
    assert code == 3, output
    assert f"mine.feature:{line}: " in output, output
    assert said in output, output


PRICED = 'And the prices of "aws-us-east-1-2026-11"\n    And a blast'
BASED = "And the last accepted run as the baseline\n    And a blast"
CHANGE = "| P95 latency   | 200 ms    |          |                |"


def test_what_an_admitted_drill_will_cost_is_told(feature: Path) -> None:
    """Two actions of five minutes each; neither instances nor workers have a price."""
    feature.write_text(GOOD.replace("And a blast", PRICED))
    code, output = _check(feature)
    assert code == 0, output
    assert "estimated cost on AWS: 0.2 USD to 1 USD and what is unknown (FIS 0.6 USD (2 to 10 action-minutes)" in output
    done = subprocess.run(
        [*DRILL, "check", str(feature), "--json"], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "estimated cost on AWS" in json.loads(done.stdout)["notes"][0]


def test_a_price_file_that_is_not_there_is_named(feature: Path) -> None:
    feature.write_text(GOOD.replace("And a blast", PRICED.replace("2026-11", "2026-12")))
    code, output = _check(feature)
    assert code == 3
    assert "mine.feature:8: " in output
    assert "did you mean 'aws-us-east-1-2026-11'?" in output


def test_what_needs_a_baseline_or_prices_is_refused_without_them(feature: Path) -> None:
    asked = "| P95 latency change | 20 %  |          |                |\n      | cost | 5 USD |  |  |"
    feature.write_text(GOOD.replace(CHANGE, asked))
    code, output = _check(feature)
    assert code == 3
    assert "P95 latency change: it cannot be measured without Given the last accepted run as the baseline" in output
    assert "cost: it cannot be measured without prices" in output
    feature.write_text(GOOD.replace(CHANGE, asked).replace("And a blast", BASED).replace("And a blast", PRICED))
    assert _check(feature)[0] == 0


def test_an_unknown_profile_is_named(feature: Path) -> None:
    feature.write_text(GOOD.replace("And a blast", 'And the success criteria of "challenge-12"\n    And a blast'))
    code, output = _check(feature)
    assert code == 3
    assert "challenge-12" in output
    assert "challenge-11" in output


def test_all_mistakes_come_at_once(feature: Path) -> None:
    text = (
        GOOD.replace("60 requests", "many requests")
        .replace("30 minutes", "30")
        .replace('us-east-1" is', 'us-est-1" is')
    )
    feature.write_text(text)
    code, output = _check(feature)
    assert code == 3
    assert "is no rate" in output
    assert "unit" in output
    assert "did you mean 'us-east-1'" in output


def test_a_missing_feature_file_is_refused() -> None:
    code, output = _check("features/none.feature")
    assert code == 3
    assert "there is no such feature file" in output


def test_machines_get_json(feature: Path) -> None:
    done = subprocess.run(
        [*DRILL, "check", "--json", str(feature)], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    assert json.loads(done.stdout) == {"scenarios": 1, "problems": []}


@pytest.fixture
def template(feature: Path) -> Path:
    """An FIS template in a folder called experiments, beside the feature."""
    path = feature.parent / "experiments" / "mine.json"
    path.parent.mkdir()
    path.write_text((PROJECT / "scenarios/experiments/stop-instances.json").read_text())
    yield path
    path.unlink(missing_ok=True)
    path.parent.rmdir()


def test_a_template_and_a_folder_of_features_and_templates_are_checked(feature: Path, template: Path) -> None:
    assert _check(template) == (0, "1 experiment checked, 0 refused\n")
    assert _check(template.parent) == (0, "1 experiment checked, 0 refused\n")
    assert _check(feature.parent) == (0, "1 scenario and 1 experiment checked, 0 refused\n")


def test_each_mistake_in_a_template_is_named_with_file_and_line(template: Path) -> None:
    template.write_text(template.read_text().replace("PT3M", "PT3").replace('"ALL"', '"all"'))
    code, said = _check(template.parent)
    assert code == 3
    assert "mine.json:10: /targets/instances/selectionMode: must be ALL" in said
    assert "mine.json:16: /actions/stop/parameters/startInstancesAfterDuration: is no ISO 8601 duration" in said
    assert "1 experiment checked, 1 refused" in said


def test_the_experiment_of_a_feature_is_checked_with_it(feature: Path) -> None:
    broken = GOOD.replace('"us-east-1" is lost for 5 minutes', 'the FIS experiment "stop-instance" runs')
    feature.write_text(broken)
    code, said = _check(feature)
    assert code == 3
    assert "mine.feature:13: unknown experiment 'stop-instance'; did you mean 'stop-instances'?" in said
    feature.write_text(broken.replace("stop-instance", "stop-instances"))
    assert _check(feature)[0] == 0


def test_an_experiment_without_a_region_needs_a_blast_radius_of_one(feature: Path) -> None:
    runs = GOOD.replace('"us-east-1" is lost for 5 minutes', 'the FIS experiment "stop-instances" runs')
    two = runs.replace('radius of "us-east-1"', 'radius of "us-east-1, eu-west-1"')
    feature.write_text(two)
    code, said = _check(feature)
    assert (code, "the blast radius is 2 regions; say where" in said) == (3, True), said
    feature.write_text(two.replace('instances" runs', 'instances" runs in "eu-west-1"'))
    assert _check(feature)[0] == 0


def test_a_folder_without_features_and_templates_is_refused() -> None:
    assert _check("scenarios/stacks") == (3, "refused: no scenario found\n")


def test_an_unwritable_results_folder_is_refused_before_a_lab_is_started(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = subprocess.run(
        [*DRILL, "run", "--results", str(blocked), "features/region_loss.feature"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "results cannot be written" in done.stderr
    assert "stack storefront" not in done.stdout


@pytest.mark.parametrize("heavy", ["boto3", "locust", "moto", "pytest", "aiohttp", "pydantic"])
def test_help_imports_nothing_heavy(heavy: str) -> None:
    code = (
        "import sys; from harness.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"assert {heavy!r} not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=False)
    assert done.returncode == 0, done.stderr


def test_an_old_python_is_refused_in_words() -> None:
    code = (
        "import sys; sys.version_info = (3, 10, 0)\n"
        "import runpy; runpy.run_path('harness/cli.py', run_name='harness.cli')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=False)
    assert done.returncode == 1
    assert "refused: Drill needs Python 3.11" in done.stderr
