"""Several faults of a drill in as few experiments as FIS allows."""

from datetime import timedelta
from typing import Any

from harness.faults.packing import MOST_ACTIVE, packed
from harness.faults.registry import FaultTemplate
from harness.fis.template import check_template
from tests.test_aws_world import EU, US
from tests.test_faults_compile import compiled


def made(number: int, region: str = US, **changed: Any) -> list[FaultTemplate]:
    """So many faults of two actions each, of which one waits for the other."""
    each = compiled("instance reboot", **{"region": region})
    return [
        FaultTemplate(region=region, template={**each.template, **changed}, faults=(f"fault {n}",))
        for n in range(number)
    ]


def actions(templates: tuple[FaultTemplate, ...]) -> list[dict[str, Any]]:
    return [a for t in templates for a in t.template["actions"].values()]


def test_as_many_as_fis_takes_stay_as_they_are() -> None:
    templates = [*made(MOST_ACTIVE), *made(MOST_ACTIVE, EU)]
    assert packed(templates) == tuple(templates)


def test_more_are_put_together_and_every_action_stays_in_its_region() -> None:
    found = packed([*made(7), *made(1, EU)])
    assert sorted(each.region for each in found) == [EU, US, US]
    assert sorted(len(each.template["actions"]) for each in found) == [2, 4, 10]
    assert len(actions(found)) == 16
    assert sorted(name for each in found for name in each.faults if each.region == US) == [
        f"fault {n}" for n in range(7)
    ]


def test_what_is_put_together_is_a_template_that_fis_takes() -> None:
    for each in packed(made(7)):
        assert check_template(each.template, outside_lab=False, watched=True) == []


def test_actions_that_are_put_together_keep_their_own_targets_and_order() -> None:
    together = max(packed(made(6)), key=lambda each: len(each.template["actions"])).template
    first = together["actions"]["1-reboot-instances"]
    assert first["targets"] == {"Instances": "1-instances"}
    assert together["actions"]["2-wait"]["startAfter"] == ["2-reboot-instances"]
    assert set(together["targets"]) == {f"{n}-instances" for n in range(1, 6)}


def test_faults_that_strike_at_other_times_are_never_put_together() -> None:
    later = [FaultTemplate(region=US, template=t.template, after=timedelta(minutes=1)) for t in made(3)]
    assert [(each.after, len(each.template["actions"])) for each in packed([*made(3), *later])] == [
        (timedelta(), 6),
        (timedelta(minutes=1), 6),
    ]


def test_experiments_with_other_stop_conditions_are_never_put_together() -> None:
    other = made(3, stopConditions=[{"source": "aws:cloudwatch:alarm", "value": "arn"}])
    assert [len(each.template["actions"]) for each in packed([*made(3), *other])] == [6, 6]
