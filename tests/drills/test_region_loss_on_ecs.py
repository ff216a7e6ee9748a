"""Binds region_loss_on_ecs.feature."""

import pytest
from pytest_bdd import scenarios

pytestmark = pytest.mark.lab
scenarios("tests/drills/region_loss_on_ecs.feature")
