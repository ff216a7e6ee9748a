"""Binds quick_region_loss.feature."""

import pytest
from pytest_bdd import scenarios

pytestmark = [pytest.mark.lab, pytest.mark.alone]
scenarios("tests/drills/quick_region_loss.feature")
