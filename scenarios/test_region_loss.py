"""Binds features/region_loss.feature."""

from pytest_bdd import scenarios

scenarios("features/region_loss.feature")
