"""Every kind of step, imported so that the registry knows it. A new step is a file and a line here."""

from harness.failover import noop, point_dns, promote_replica, set_capacity, verify

__all__ = ["noop", "point_dns", "promote_replica", "set_capacity", "verify"]
