"""Binds features/task_blackholed_port.feature."""

from pytest_bdd import scenarios

scenarios("features/task_blackholed_port.feature")
