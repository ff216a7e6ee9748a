"""Every kind of fault, imported so that the registry knows it. A new fault is a file and a line here."""

from harness.faults import database_reboot, fis_experiment, instance_loss, noop, region_isolation, region_loss

__all__ = ["database_reboot", "fis_experiment", "instance_loss", "noop", "region_isolation", "region_loss"]
