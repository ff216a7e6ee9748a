"""Binds features/instance_loss.feature."""

from pytest_bdd import scenarios

scenarios("features/instance_loss.feature")
