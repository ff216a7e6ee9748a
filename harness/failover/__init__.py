"""Steps of a runbook. Each has its own inverse and its own deadline; see docs/runbooks.md for how to add one."""
