"""The stack descriptor: what a harness has to know of a stack, written as YAML by the lab and by hand for AWS."""

from pathlib import Path
from typing import Any

import yaml

from harness.lab.addresses import API_PORT, BALANCER_PORT, DNS_PORT
from harness.lab.control.buckets import bucket_name
from harness.lab.control.deploy import ENTRY, TAGS, WRITER, Deployed, Place
from harness.lab.control.functions import NAME
from harness.lab.control.instance_metrics import BUSINESS, CARTS, ORDERS, REVENUE
from harness.lab.control.lab import Lab
from harness.lab.control.records import ACCOUNT
from harness.lab.control.tables import TABLE
from harness.lab.ecs.cluster import SERVICE

# Where the clients are (shares in percent), and the region that is nearest to each.
_POPULATIONS = {"NA": (60, "us-east-1"), "EU": (25, "eu-west-1"), "AP": (15, "ap-southeast-1")}


def describe(lab: Lab, deployed: Deployed) -> dict[str, Any]:
    """The descriptor of a lab as plain data."""
    addresses = lab.addresses
    primary = next(s.region for s in lab.plane.databases().values() if s.role == "primary")
    return {
        "stack": "storefront",
        "environment": "lab",
        "time_scale": _plain(lab.recipe.time_scale),
        "account": ACCOUNT,
        "endpoint_url": f"http://{addresses.api}:{API_PORT}",
        "partition_method": lab.plane.cut_method,
        "entry": {"url": f"http://{ENTRY}:{BALANCER_PORT}", "zone_id": deployed.zone, "record": ENTRY},
        "resolver": f"{addresses.dns}:{DNS_PORT}",
        "regions": {region: _region(lab, place) for region, place in deployed.places.items()},
        "populations": {
            name: {
                "share": share,
                "home": home if home in lab.recipe.regions else lab.recipe.regions[0],
                "source": addresses.population(name),
                "client_subnet": None,
            }
            for name, (share, home) in _POPULATIONS.items()
        },
        "database": {
            "engine": "postgres",
            "primary": primary,
            "writer_record": WRITER,
            "instances": {
                state.region: identifier
                for identifier, state in lab.plane.databases().items()
                if state.role != "reader"
            },
        },
        "business": {"namespace": BUSINESS, "orders": ORDERS, "revenue": REVENUE, "carts": CARTS},
        "tags": dict(TAGS),
    }


def _region(lab: Lab, place: Place) -> dict[str, Any]:
    described = {
        "url": f"http://{lab.addresses.load_balancer(place.region)}:{BALANCER_PORT}",
        "zones": list(place.subnets),
        "load_balancer": place.balancer,
        "target_group": place.target_group,
        "auto_scaling_group": place.group.name if place.group else None,
        "ecs_cluster": place.cluster.name if place.cluster else None,
        "ecs_service": SERVICE if place.cluster else None,
        "capacity_per_instance": lab.recipe.instance.requests_per_second if lab.recipe.instance else None,
        "global_table": TABLE,
        "bucket": bucket_name(place.region),
        "function": NAME,
        "health_check": place.health_check,
        "detection_alarm": place.alarm,
    }
    return {key: value for key, value in described.items() if value is not None}


def _plain(number: float) -> float:
    return int(number) if number == int(number) else number


def write(path: Path, lab: Lab, deployed: Deployed) -> None:
    """Write the descriptor, whole or not at all."""
    text = yaml.safe_dump(describe(lab, deployed), sort_keys=False)
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
