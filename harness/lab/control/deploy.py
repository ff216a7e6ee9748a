"""Deploys the storefront: the records that a template would have made, written straight into moto's stores."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.lab.addresses import BALANCER_PORT, INSTANCE_PORT
from harness.lab.control import records
from harness.lab.control.alarms import Alarm, Alarms, Rule
from harness.lab.control.balancer_metrics import NAMESPACE, balancer_dimension, target_dimension
from harness.lab.control.gateways import connect
from harness.lab.control.lab import Lab
from harness.lab.control.metrics import MetricKey, key
from harness.lab.control.records import ACCOUNT
from harness.lab.control.zones import balancer_name
from harness.lab.ecs.cluster import Cluster, new_cluster
from harness.lab.names import cluster_name, cluster_of, endpoint_name
from harness.lab.recipe import RegionName
from harness.lab.scaling.deployment import settle
from harness.lab.scaling.group import Group, Mixture

DOMAIN = "storefront.test"
ENTRY, WRITER = f"api.{DOMAIN}", f"db.{DOMAIN}"
TAGS = {"drill": "storefront"}
FIS, APP = "drill-fis", "storefront-app"

# Who is sent where by geolocation; `*` is Europe, so that North America has somewhere to go when us-east-1 is dead.
_GEOGRAPHY = {"us-east-1": ("NA", "NA"), "eu-west-1": ("EU", "EU"), "ap-southeast-1": ("AS", "AP")}
_ELSEWHERE = "eu-west-1"
_WEIGHTS = {"us-east-1": 60, "eu-west-1": 30, "ap-southeast-1": 10}
_FAILOVER = ("PRIMARY", "SECONDARY")
_ELB_ZONE = "Z2P70J7EXAMPLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What was deployed in a region."""

    region: str
    subnets: Mapping[str, str]  # zone -> subnet id
    balancer: str
    target_group: str
    group: Group | None
    cluster: Cluster | None
    health_check: str | None
    alarm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The whole stack."""

    places: Mapping[str, Place]
    zone: str


def deploy(lab: Lab, alarms: Alarms) -> Deployed:
    """Write the records of the stack that the recipe asks for; no process is touched."""
    with lab.lock:
        _role(FIS, {"Service": "fis.amazonaws.com"}, "what FIS may do in the lab")
        _role(APP, {"Service": "ec2.amazonaws.com", "AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "what the shop may do")
        zone = records.route53().create_hosted_zone(f"{DOMAIN}.", private_zone=False)
        _tag_route53("hostedzone", zone.resource_id, DOMAIN)
        places: dict[str, Place] = {region: _region(lab, alarms, region) for region in lab.recipe.regions}
        connect({region: place.subnets for region, place in places.items()}, TAGS)
        records.route53().change_resource_record_sets(zone.resource_id, _records(lab, places))
    return Deployed(places=places, zone=zone.resource_id)


def _role(name: str, principal: Mapping[str, str], description: str) -> None:
    allow = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    records.iam().create_role(
        role_name=name,
        assume_role_policy_document=trust,
        path="/",
        permissions_boundary=None,
        description=description,
        tags=_listed(TAGS),
        max_session_duration="3600",
    )


def _region(lab: Lab, alarms: Alarms, region: RegionName) -> Place:
    vpc, subnets = _network(lab, region)
    balancer, target_group = _balancer(lab, region, vpc, list(subnets.values()))
    instances, tasks = lab.recipe.instances_per_region, lab.recipe.tasks_per_region
    return Place(
        region=region,
        subnets=subnets,
        balancer=balancer,
        target_group=target_group,
        group=_group(lab, region, (balancer, target_group), list(subnets.values())) if instances else None,
        cluster=new_cluster(region, tasks, target_group, subnets, TAGS) if tasks else None,
        health_check=_health_check(lab, region),
        alarm=_alarms(lab, alarms, region, balancer, target_group),
    )


def _group(lab: Lab, region: str, arns: tuple[str, str], subnets: list[str]) -> Group:
    name, desired, spot = f"storefront-{region}", lab.recipe.instances_per_region, lab.recipe.spot_per_region
    group = Group(
        name=name,
        region=region,
        arn=f"arn:aws:autoscaling:{region}:{ACCOUNT}:autoScalingGroup:00000000-0000-0000-0000-000000000000:autoScalingGroupName/{name}",
        subnets=subnets,
        balancer=arns[0],
        target_group=arns[1],
        desired=desired,
        maximum=max(12, desired),
        mixture=Mixture(base=desired - spot, percentage=0) if spot else None,
        tags=dict(TAGS),
    )
    if lab.recipe.scaling is not None:
        settle(group, lab.recipe.scaling)
    return group


def _network(lab: Lab, region: RegionName) -> tuple[str, dict[str, str]]:
    ec2, octet = records.ec2(region), 10 + [*lab.recipe.regions].index(region)
    vpc = ec2.create_vpc(f"10.{octet}.0.0/16")
    vpc.add_tags({**TAGS, "Name": "storefront"})
    subnets = {}
    for n, zone in enumerate(lab.recipe.zones(region)):
        subnet = ec2.create_subnet(vpc.id, f"10.{octet}.{n}.0/24", availability_zone=zone)
        subnet.add_tags({**TAGS, "Name": f"storefront-{zone}"})
        subnets[zone] = subnet.id
    return vpc.id, subnets


def _balancer(lab: Lab, region: str, vpc: str, subnets: list[str]) -> tuple[str, str]:
    elb, recipe, tags = records.elbv2(region), lab.recipe, _listed(TAGS)
    name = f"storefront-{region}"
    balancer = elb.create_load_balancer(name, [], subnets, tags=tags)
    balancer.activate()
    balancer.attrs["load_balancing.cross_zone.enabled"] = "true"
    checks = recipe.target_health
    group = elb.create_target_group(
        name,
        vpc_id=vpc,
        protocol="HTTP",
        port=INSTANCE_PORT,
        target_type="ip" if recipe.tasks_per_region else "instance",
        healthcheck_path="/health",
        healthcheck_interval_seconds=math.ceil(checks.interval),
        healthcheck_timeout_seconds=math.ceil(checks.timeout),
        healthy_threshold_count=str(checks.healthy),
        unhealthy_threshold_count=str(checks.unhealthy),
        tags=tags,
    )
    group.attributes["deregistration_delay.timeout_seconds"] = math.ceil(recipe.deregistration_delay)
    group.attributes["stickiness.enabled"] = str(recipe.sticky).lower()
    forward = [{"Type": "forward", "TargetGroupArn": group.arn}]
    elb.create_listener(balancer.arn, "HTTP", BALANCER_PORT, "", None, forward, tags=tags)
    return balancer.arn, group.arn


def _health_check(lab: Lab, region: str) -> str | None:
    checks = lab.recipe.health_check
    if checks is None:
        return None
    check = records.route53().create_health_check(
        f"storefront-{region}",
        {
            "type": "HTTP",
            "ip_address": lab.addresses.load_balancer(region),
            "port": BALANCER_PORT,
            "resource_path": "/health",
            # AWS has whole seconds here (10 or 30); a recipe may ask for less.
            "request_interval": int(checks.interval) if checks.interval == int(checks.interval) else checks.interval,
            "failure_threshold": checks.failure_threshold,
        },
    )
    _tag_route53("healthcheck", check.id, f"storefront-{region}")
    return str(check.id)


def _alarms(lab: Lab, alarms: Alarms, region: str, balancer: str, target_group: str) -> str:
    lb = balancer_dimension(balancer)
    hosts = key(NAMESPACE, "HealthyHostCount", {**lb, **target_dimension(target_group)})
    errors = key(NAMESPACE, "HTTPCode_ELB_5XX_Count", lb)
    detection = f"storefront-{region}-no-healthy-host"
    _put(alarms, region, detection, _rule(lab, hosts, "Minimum", ("LessThanThreshold", 1)))
    _put(alarms, region, f"storefront-{region}-5xx", _rule(lab, errors, "Sum", ("GreaterThanThreshold", 10)))
    return detection


def _rule(lab: Lab, metric: MetricKey, statistic: str, bound: tuple[str, float]) -> Rule:
    comparison, threshold = bound
    return Rule(
        metric=metric,
        statistic=statistic,
        comparison=comparison,
        threshold=threshold,
        period=lab.recipe.alarm_period,
        periods=lab.recipe.alarm_periods,
        needed=lab.recipe.alarm_periods,
        missing="notBreaching",
    )


def _put(alarms: Alarms, region: str, name: str, rule: Rule) -> None:
    arn = f"arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{name}"
    alarms.put(Alarm(name=name, region=region, arn=arn, rule=rule, tags=dict(TAGS)))


def _records(lab: Lab, places: Mapping[str, Place]) -> list[dict[str, Any]]:
    ttl, first = math.ceil(lab.recipe.record_ttl), lab.recipe.regions[0]
    clustered = lab.recipe.database == "cluster"
    writer = cluster_name(cluster_of(first), first) if clustered else endpoint_name(f"storefront-{first}", first)
    changes = [{"Name": f"{WRITER}.", "Type": "CNAME", "TTL": ttl, "ResourceRecords": [{"Value": writer}]}]
    for place in places.values():
        changes += [_entry(place, policy) for policy in _policies(lab, place.region)]
    return [{"Action": "CREATE", "ResourceRecordSet": change} for change in changes]


def _entry(place: Place, policy: dict[str, Any]) -> dict[str, Any]:
    alias = {
        "HostedZoneId": _ELB_ZONE,
        "DNSName": f"{balancer_name(place.region)}.",
        "EvaluateTargetHealth": False,
    }
    check = {"HealthCheckId": place.health_check} if place.health_check else {}
    return {"Name": f"{ENTRY}.", "Type": "A", "AliasTarget": alias, **check, **policy}


def _policies(lab: Lab, region: str) -> list[dict[str, Any]]:
    """The routing policies of a region's entry records; a failover has but a primary and a secondary."""
    regions = lab.recipe.regions
    match lab.recipe.routing:
        case "latency":
            return [{"SetIdentifier": region, "Region": region}]
        case "weighted":
            return [{"SetIdentifier": region, "Weight": _WEIGHTS[region]}]
        case "failover":
            roles = dict(zip(regions, _FAILOVER, strict=False))
            return [{"SetIdentifier": region, "Failover": roles[region]}] if region in roles else []
    continent, population = _GEOGRAPHY[region]
    policies = [{"SetIdentifier": population, "GeoLocation": {"ContinentCode": continent}}]
    if region == (_ELSEWHERE if _ELSEWHERE in regions else regions[-1]):
        policies.append({"SetIdentifier": "default", "GeoLocation": {"CountryCode": "*"}})
    return policies


def _tag_route53(kind: str, id: str, name: str) -> None:
    records.route53().change_tags_for_resource(kind, id, _listed({**TAGS, "Name": name}), [])


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]
