"""Every pytest run of this project knows Drill and its steps."""

pytest_plugins = [
    "harness.pytest_plugin",
    "scenarios.steps.draft",
    "scenarios.steps.stack",
    "scenarios.steps.load",
    "scenarios.steps.rehearsal",
    "scenarios.steps.limits",
    "scenarios.steps.response",
    "scenarios.steps.criteria",
    "scenarios.steps.baseline",
    "scenarios.steps.prices",
    "scenarios.steps.faults",
    "scenarios.steps.verdict",
]
