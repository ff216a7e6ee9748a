"""Binds features/database_reboot.feature."""

from pytest_bdd import scenarios

scenarios("features/database_reboot.feature")
