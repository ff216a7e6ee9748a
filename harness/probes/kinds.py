"""Every kind of steady-state probe, imported so that the registry knows it. A new probe is a file and a line here."""

from harness.probes import healthy_targets, region_answers, replication_lag

__all__ = ["healthy_targets", "region_answers", "replication_lag"]
