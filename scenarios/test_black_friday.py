"""Binds features/black_friday.feature."""

from pytest_bdd import scenarios

scenarios("features/black_friday.feature")
