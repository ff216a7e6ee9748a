"""moto as the store of records, loaded without what the lab does not use.

This module is imported before anything else of moto (see the package). It saves 1.1 s and 100 MB: when `moto.ec2` is
imported, moto reads a catalogue of every EC2 instance type and image, and botocore's endpoint list several times to
learn what regions there are.
"""

import json
import sys
import warnings
from functools import lru_cache
from importlib import import_module
from typing import Any

import boto3
from botocore.loaders import JSONFileLoader, Loader

from harness.lab.recipe import REGIONS

ACCOUNT = "123456789012"
IMAGE, INSTANCE_TYPE = "ami-0drillstorefront0", "t3.micro"

_CATALOGUES = "ec2/resources/"
_EMPTY = {"ec2/resources/instance_types.json": {INSTANCE_TYPE: {"InstanceType": INSTANCE_TYPE}}}


class _OnlyRegionsOfTheLab:
    """Stands in for `boto3.Session` while moto is loaded; all that moto asks it is what regions there are."""

    def get_available_partitions(self) -> list[str]:
        return ["aws"]

    def get_available_regions(self, service_name: str, partition_name: str = "aws") -> list[str]:
        return list(REGIONS) if partition_name == "aws" else []


def _without_catalogues(load: Any) -> Any:
    def load_resource(resource: str) -> Any:
        return _EMPTY.get(resource, []) if resource.startswith(_CATALOGUES) else load(resource)

    return load_resource


def _without_prose(decoded: dict[str, Any]) -> dict[str, Any]:
    if isinstance(decoded.get("documentation"), str):
        decoded["documentation"] = ""
    return decoded


class _TerseLoader(JSONFileLoader):  # type: ignore[misc]
    """Loads the models of services for moto without their documentation, which is half of them."""

    def _load_file(self, full_path: str, open_method: Any) -> Any:
        try:
            with open_method(full_path, "rb") as file:
                return json.loads(file.read(), object_hook=_without_prose)
        except FileNotFoundError:
            return None


_session, boto3.Session = boto3.Session, _OnlyRegionsOfTheLab
try:
    resources = import_module("moto.utilities.utils")
    resources.load_resource = _without_catalogues(resources.load_resource)  # type: ignore[attr-defined]
    import moto.core.responses
    import moto.ec2.models
    import moto.ec2.models.instances
    import moto.elbv2.models
    import moto.iam.models
    import moto.route53.models
finally:
    boto3.Session = _session

models: Any = import_module("moto.core.utils")
models.create_loader = lambda: Loader(file_loader=_TerseLoader())
# Listing a class's methods anew for each call costs a millisecond of it.
responses: Any = moto.core.responses
responses.method_names_from_class = lru_cache(responses.method_names_from_class)
# moto says so of each refusal, whose code is in no service's model.
warnings.filterwarnings("ignore", message=r"Exception\(\w+\) with code \w+ does not match an error shape")

instances: Any = moto.ec2.models.instances


def load(name: str) -> Any:
    """A module of moto that not every lab needs; call it under the lock."""
    if name not in sys.modules:
        boto3.Session = _OnlyRegionsOfTheLab
        try:
            import_module(name)
        finally:
            boto3.Session = _session
    return sys.modules[name]


def ec2(region: str) -> Any:
    """moto's EC2 records of a region."""
    return moto.ec2.models.ec2_backends[ACCOUNT][region]


def elbv2(region: str) -> Any:
    """moto's load balancer records of a region."""
    return moto.elbv2.models.elbv2_backends[ACCOUNT][region]


def route53() -> Any:
    """moto's Route 53 records."""
    return moto.route53.models.route53_backends[ACCOUNT]["aws"]


def logs(region: str) -> Any:
    """moto's CloudWatch Logs records of a region; imported at the first call."""
    from moto.logs.models import logs_backends

    return logs_backends[ACCOUNT][region]


def zone_ids(region: str) -> dict[str, str]:
    """The ids of the availability zones of a region, by name."""
    return {zone.name: zone.zone_id for zone in ec2(region).describe_availability_zones()}


def iam() -> Any:
    """moto's IAM records."""
    return moto.iam.models.iam_backends[ACCOUNT]["aws"]
