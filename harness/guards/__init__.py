"""Refusals: each guard looks at an experiment and says why it must not run."""
