"""Binds features/task_network_latency.feature."""

from pytest_bdd import scenarios

scenarios("features/task_network_latency.feature")
