"""Binds the named faults of features/, and beside each a variant that cannot take it."""

from pathlib import Path

import pytest
from pytest_bdd import scenarios

pytestmark = [pytest.mark.lab, pytest.mark.alone]
SABOTAGED = sorted(Path("tests/drills/sabotaged").glob("*.feature"))
scenarios(*(f"features/{path.name}" for path in SABOTAGED), *map(str, SABOTAGED))
