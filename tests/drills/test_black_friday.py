"""Binds tests/drills/black_friday.feature and tests/drills/carts_without_draining.feature."""

import pytest
from pytest_bdd import scenarios

pytestmark = [pytest.mark.lab, pytest.mark.alone]
scenarios("tests/drills/black_friday.feature", "tests/drills/carts_without_draining.feature")
