"""Every guard, imported so that the registry knows it."""

from harness.guards import blast_radius, experiments, names, stop_conditions, substance, templates

__all__ = ["blast_radius", "experiments", "names", "stop_conditions", "substance", "templates"]
