"""Binds features/packet_loss.feature."""

from pytest_bdd import scenarios

scenarios("features/packet_loss.feature")
