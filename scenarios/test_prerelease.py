"""Binds features/prerelease.feature."""

from pytest_bdd import scenarios

scenarios("features/prerelease.feature")
