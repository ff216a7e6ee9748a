"""Every kind of proof, imported so that the registry knows it. A new proof is a file and a line here."""

from harness.proofs import (
    answer_time,
    cluster_writer,
    container_instances,
    database_zone,
    failed_launches,
    healthy_targets,
    instances_running,
    region_answers,
    replication,
    serving_targets,
    slowest_answer,
)

__all__ = [
    "answer_time",
    "cluster_writer",
    "container_instances",
    "database_zone",
    "failed_launches",
    "healthy_targets",
    "instances_running",
    "region_answers",
    "replication",
    "serving_targets",
    "slowest_answer",
]
