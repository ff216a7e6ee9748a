"""Binds region_loss_on_ecs.feature."""

import pytest
from pytest_bdd import scenarios

pytestmark = [pytest.mark.lab, pytest.mark.alone]
scenarios("tests/drills/region_loss_on_ecs.feature")
