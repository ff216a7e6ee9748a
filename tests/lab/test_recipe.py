"""What a recipe may ask for."""

import pytest
from pydantic import ValidationError

from harness.lab.recipe import InstanceCapacity, Recipe


def test_a_cluster_has_a_second_zone_already() -> None:
    with pytest.raises(ValidationError, match="multi_az is for a database instance"):
        Recipe(multi_az=True, database="cluster")


@pytest.mark.parametrize(
    ("instance", "served"),
    [
        ({"cpu_ms": 10}, 100),
        ({"cpu_ms": 15, "wait_ms": 5, "workers": 16}, 66.667),
        ({"cpu_ms": 5, "wait_ms": 95, "workers": 4}, 40),
    ],
)
def test_an_instance_serves_what_its_cpu_or_its_workers_allow(instance: dict[str, float], served: float) -> None:
    assert InstanceCapacity.model_validate(instance).requests_per_second == served
