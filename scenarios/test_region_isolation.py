"""Binds features/region_isolation.feature."""

from pytest_bdd import scenarios

scenarios("features/region_isolation.feature")
