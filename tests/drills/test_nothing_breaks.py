"""Binds nothing_breaks.feature."""

import pytest
from pytest_bdd import scenarios

pytestmark = [pytest.mark.lab, pytest.mark.alone]
scenarios("tests/drills/nothing_breaks.feature")
