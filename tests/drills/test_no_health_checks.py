"""Binds no_health_checks.feature."""

import pytest
from pytest_bdd import scenarios

pytestmark = [pytest.mark.lab, pytest.mark.alone]
scenarios("tests/drills/no_health_checks.feature")
