"""Binds features/read_failover.feature."""

from pytest_bdd import scenarios

scenarios("features/read_failover.feature")
