"""Every guard, imported so that the registry knows it."""

from harness.guards import (
    blast_radius,
    experiments,
    load_profile,
    measurable,
    names,
    stop_conditions,
    substance,
    templates,
)

__all__ = [
    "blast_radius",
    "experiments",
    "load_profile",
    "measurable",
    "names",
    "stop_conditions",
    "substance",
    "templates",
]
