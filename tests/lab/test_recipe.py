"""What a recipe may ask for."""

import pytest
from pydantic import ValidationError

from harness.lab.recipe import Recipe


def test_a_cluster_has_a_second_zone_already() -> None:
    with pytest.raises(ValidationError, match="multi_az is for a database instance"):
        Recipe(multi_az=True, database="cluster")
