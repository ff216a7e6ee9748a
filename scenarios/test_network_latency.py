"""Binds features/network_latency.feature."""

from pytest_bdd import scenarios

scenarios("features/network_latency.feature")
