"""Binds own_experiment.feature."""

import pytest
from pytest_bdd import scenarios

pytestmark = [pytest.mark.lab, pytest.mark.alone]
scenarios("tests/drills/own_experiment.feature")
