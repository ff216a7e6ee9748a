"""Binds features/database_failover.feature."""

from pytest_bdd import scenarios

scenarios("features/database_failover.feature")
