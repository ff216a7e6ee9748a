"""Binds features/blackholed_port.feature."""

from pytest_bdd import scenarios

scenarios("features/blackholed_port.feature")
