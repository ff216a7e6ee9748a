"""Binds features/zone_power_loss.feature."""

from pytest_bdd import scenarios

scenarios("features/zone_power_loss.feature")
