"""Every kind of measure, imported so that the registry knows it. A new measure is a file and a line here."""

from harness.measures import (
    availability,
    business,
    carts,
    change,
    cost,
    cutover_time,
    data_loss,
    downtime,
    knee,
    latency,
    ledger_integrity,
    recovery_time,
    throughput,
    time_to_detect,
    time_to_recover,
)

__all__ = [
    "availability",
    "business",
    "carts",
    "change",
    "cost",
    "cutover_time",
    "data_loss",
    "downtime",
    "knee",
    "latency",
    "ledger_integrity",
    "recovery_time",
    "throughput",
    "time_to_detect",
    "time_to_recover",
]
