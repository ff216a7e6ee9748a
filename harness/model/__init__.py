"""Frozen data that every other part shares; standard library only."""
