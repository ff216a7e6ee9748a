"""The control plane of one lab: every controller, wired up."""

import asyncio
import logging
from typing import Any

from moto.core.responses import BaseResponse
from moto.iam.responses import IamResponse
from werkzeug.serving import BaseWSGIServer

from harness.lab import dns
from harness.lab.addresses import API_PORT, DNS_PORT
from harness.lab.control.alarms import ALARM, Alarm, Alarms
from harness.lab.control.api import Api
from harness.lab.control.api_faults import ApiFaults
from harness.lab.control.automations import Automations
from harness.lab.control.balancer_metrics import BalancerPublisher
from harness.lab.control.buckets import Buckets
from harness.lab.control.caches import Caches
from harness.lab.control.caches_api import CachesApi
from harness.lab.control.callers import CallerApi, Callers
from harness.lab.control.cloudwatch_api import CloudWatchApi
from harness.lab.control.commands import Commands
from harness.lab.control.databases import Databases
from harness.lab.control.databases_api import DatabasesApi
from harness.lab.control.deploy import TAGS, Deployed, deploy
from harness.lab.control.effects import BucketEffects, DatabaseEffects
from harness.lab.control.endpoints import Endpoints
from harness.lab.control.functions import Functions
from harness.lab.control.functions_api import FunctionsApi
from harness.lab.control.health import HealthChecks, Route53Api
from harness.lab.control.instance_metrics import InstancePublisher
from harness.lab.control.instances import Instance, Instances
from harness.lab.control.instances_api import InstancesApi
from harness.lab.control.inventory import (
    Finder,
    LabInventory,
    buckets,
    databases,
    db_clusters,
    functions,
    global_tables,
    groups,
    instances,
    roles,
    spot_instances,
    subnets,
    transit_gateways,
    vpc_endpoints,
)
from harness.lab.control.lab import Lab
from harness.lab.control.log_store import LabLogStore
from harness.lab.control.network_effects import NetworkEffects
from harness.lab.control.server import serve
from harness.lab.control.spot import SpotRequests
from harness.lab.control.ssm_api import SsmApi
from harness.lab.control.ssm_effects import SsmEffects
from harness.lab.control.standbys import Standbys
from harness.lab.control.streams import Streams
from harness.lab.control.tables import Tables
from harness.lab.control.tagging import Tags, TagsApi
from harness.lab.control.targets import Targets, TargetsApi
from harness.lab.control.volumes import Volumes
from harness.lab.control.zonal_shifts import ZonalShifts
from harness.lab.control.zonal_shifts_api import ZonalShiftsApi
from harness.lab.control.zones import Zones
from harness.lab.ecs.api import EcsApi
from harness.lab.ecs.effects import TaskEffects
from harness.lab.ecs.inventory import clusters, tasks
from harness.lab.ecs.scheduler import Scheduler
from harness.lab.fis.api import FisApi, Store
from harness.lab.fis.effects import Effects
from harness.lab.fis.engine import Engine
from harness.lab.fis.experiment import Experiment
from harness.lab.plane import BalancerMetrics
from harness.lab.scaling.api import ScalingApi
from harness.lab.scaling.deployment import begin
from harness.lab.scaling.group_metrics import GroupPublisher
from harness.lab.scaling.groups import Groups
from harness.lab.scaling.policies import Policies
from harness.lab.scaling.schedule import Schedule
from harness.lab.scaling.service_deployment import begin_service
from harness.lab.scaling.services import Services
from harness.lab.scaling.services_api import ServicesApi
from harness.lab.states import InstanceReport

log = logging.getLogger("lab")

RESYNC = 5.0  # real seconds between two looks at everything, should an event have been missed


class ControlPlane:
    """Keeps the data plane as the records say. Made in the loop's thread or another; `start` belongs in the loop."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.alarms = Alarms(lab)
        self.instances = Instances(lab)
        self.spot = SpotRequests(lab, self.instances)
        self.targets = Targets(lab, self.instances)
        self.capacity = Groups(lab, self.instances, self.targets)
        self.policies = Policies(lab, self.capacity, self.alarms)
        self.schedule = Schedule(lab, self.capacity)
        self.alarms.on_action = self._act
        self.tasks = Scheduler(lab, self.targets)
        self.targets.task_addresses = self.tasks.addresses
        self.databases = Databases(lab, self.alarms)
        self.callers, self.api_faults = Callers(), ApiFaults(lab)
        self.streams = Streams(TAGS)
        self.standbys = Standbys(lab, self.databases)
        self.caches = Caches(lab, TAGS)
        self.volumes = Volumes(lab)
        self.zonal_shifts = ZonalShifts(lab, self.capacity)
        self.targets.away = self.zonal_shifts.away
        self.tables = Tables(lab, self.alarms.metrics, TAGS)
        self.buckets = Buckets(lab, TAGS)
        self.functions = Functions(lab, self.alarms.metrics, TAGS)
        self.checks = HealthChecks(lab)
        self.zones = Zones(lab, self.checks.healthy, self.targets.healthy)
        self.network = NetworkEffects(lab, self.databases, self.zones)
        self.commands = Commands(lab, self.instances, self.network)
        self.automations = Automations(lab, self.instances)
        self.zones.databases = lambda: {
            **self.databases.endpoints(),
            **self.standbys.endpoints(),
            **self.caches.endpoints(),
        }
        self.endpoints = Endpoints(lab.addresses)
        lab.plane.network_listeners.append(self.endpoints)
        self.engine = Engine(
            effects=self._effects(),
            inventory=LabInventory(lab, self._finders()),
            logs=LabLogStore(lab, self.buckets),
            time_scale=lab.recipe.time_scale,
            spawn=lab.spawn,
            soon=lab.soon,
            tell=self._tell,
        )
        self.deployed: Deployed = deploy(lab, self.alarms)
        for region, place in self.deployed.places.items():
            self.targets.groups[region] = place.target_group
            if place.group is not None:
                self.capacity.groups[region] = place.group
            if place.cluster is not None:
                self.tasks.clusters[region] = place.cluster
        balancers = {region: place.balancer for region, place in self.deployed.places.items()}
        self.services = Services(lab, self.tasks, self.alarms, balancers)
        self.api = Api(lab, self._services(), self.callers, self.api_faults)
        self.api.on_change = self._changed
        self.alarms.on_change.append(self._alarm_changed)
        self._dns: dns.NameServer | None = None
        self._server: BaseWSGIServer | None = None
        self._measuring = False

    def _effects(self) -> Effects:
        return Effects(
            instances=self.instances,
            databases=DatabaseEffects(self.databases, self.standbys),
            network=self.network,
            tasks=TaskEffects(self.tasks),
            alarms=self.alarms,
            apis=self.api_faults,
            groups=self.capacity,
            spot=self.spot,
            systems=SsmEffects(self.commands, self.automations),
            tables=self.tables,
            buckets=BucketEffects(self.buckets),
            functions=self.functions,
            caches=self.caches,
            volumes=self.volumes,
            zonal_shifts=self.zonal_shifts,
        )

    def _finders(self) -> dict[str, Finder]:
        return {
            "aws:arc:zonal-shift-managed-resource": self.zonal_shifts.found,
            "aws:dynamodb:global-table": global_tables(self.tables),
            "aws:ec2:autoscaling-group": groups(self.capacity),
            "aws:ec2:ebs-volume": self.volumes.found,
            "aws:ec2:instance": instances,
            "aws:ec2:spot-instance": spot_instances,
            "aws:ec2:subnet": subnets,
            "aws:ec2:transit-gateway": transit_gateways,
            "aws:ec2:vpc-endpoint": vpc_endpoints,
            "aws:ecs:cluster": clusters(self.tasks),
            "aws:ecs:task": tasks(self.tasks),
            "aws:iam:role": roles,
            "aws:kinesis:stream": self.streams.candidates,
            "aws:lambda:function": functions(self.functions),
            "aws:elasticache:replicationgroup": self.caches.found,
            "aws:rds:cluster": db_clusters(self.standbys),
            "aws:rds:db": databases(self.databases),
            "aws:s3:bucket": buckets(self.buckets),
        }

    def _services(self) -> dict[str, Any]:
        parts = (
            self.tables,
            self.buckets,
            self.functions,
            self.standbys,
            self.caches,
            self.streams,
            self.tasks,
        )
        store = Store(self.engine)
        tags = Tags(self.capacity, self.databases, self.alarms, [part.tagged for part in parts])
        return {
            "ec2": lambda: InstancesApi(self.instances, self.spot),
            "arc-zonal-shift": lambda: ZonalShiftsApi(self.zonal_shifts),
            "elasticache": lambda: CachesApi(self.caches),
            "elasticloadbalancing": lambda: TargetsApi(self.targets),
            "autoscaling": lambda: ScalingApi(self.capacity, self.policies, self.schedule),
            "ecs": lambda: EcsApi(self.tasks),
            "application-autoscaling": lambda: ServicesApi(self.services),
            "route53": lambda: Route53Api(self.checks),
            "rds": lambda: DatabasesApi(self.databases, self.standbys),
            "monitoring": lambda: CloudWatchApi(self.alarms),
            "fis": lambda: FisApi(store),
            "dynamodb": self._tables_api,
            "lambda": lambda: FunctionsApi(self.functions),
            "s3": self._buckets_api,
            "logs": _logs_api,
            "tagging": lambda: TagsApi(tags),
            "kinesis": self.streams.api,
            "ssm": lambda: SsmApi(self.commands, self.automations),
            "sts": lambda: CallerApi(self.callers),
            "iam": IamResponse,
        }

    def _buckets_api(self) -> BaseResponse:
        from harness.lab.control.buckets_api import BucketsApi

        return BucketsApi(self.buckets)

    def _tables_api(self) -> BaseResponse:
        from harness.lab.control.tables_api import TablesApi

        return TablesApi(self.tables)

    async def start(self) -> None:
        """Launch the instances of every region, answer DNS and API calls. The data plane runs already."""
        lab = self.lab
        arns = {region: (place.balancer, place.target_group) for region, place in self.deployed.places.items()}
        publisher = BalancerPublisher(self.alarms, arns)
        lab.plane.on_metrics = lambda region, counted: self._count(publisher, region, counted)
        instances = InstancePublisher(self.alarms, self.capacity.groups, self.tasks.clusters)
        lab.plane.on_report = lambda region, id, report: self._report(instances, region, id, report)
        lab.plane.on_target_health = self._target_health_changed
        lab.plane.on_exit = self.tasks.exited
        self.instances.on_change = self._instance_changed
        self.databases.adopt(TAGS)
        self.standbys.adopt(TAGS)
        self.volumes.adopt(TAGS)
        self.zonal_shifts.adopt(self.deployed.places, TAGS)
        self.zones.refresh()
        self._dns = await dns.listen(self.zones.resolve, lab.addresses.dns, DNS_PORT)
        self._server = serve(self.endpoints.before(self.api), lab.addresses.api, API_PORT)
        if self.tasks.clusters:
            lab.spawn(self.tasks.run())
        await self.capacity.deploy()

    def watch(self) -> None:
        """Begin what observes the stack: health checks, metrics, alarms, lag, resync."""
        self._measuring = True
        self.checks.refresh()
        self._scale()
        for work in (self.databases.run(), self.standbys.run(), self.caches.run(), self.alarms.run(), self._resync()):
            self.lab.spawn(work)

    def _scale(self) -> None:
        """Begin what sizes groups and services: policies, schedules, warm pools, boot times."""
        scaling = self.lab.recipe.scaling
        if scaling is not None:
            self.tasks.lives.boot_time = scaling.boot_time
            for cluster in self.tasks.clusters.values():
                begin_service(cluster, scaling, self.services)
        publisher = GroupPublisher(self.lab, self.capacity, self.alarms.metrics)
        for group in self.capacity.groups.values():
            self.capacity.stock(group)
            if scaling is not None:
                begin(group, scaling, self.policies, self.schedule)
        working = (self.capacity, self.policies, self.schedule, self.services, publisher)
        for each in working:
            self.lab.spawn(each.run())

    async def close(self) -> None:
        """Stop answering, checking and judging."""
        self.checks.close()
        self.lab.cancel()
        if self._dns is not None:
            self._dns.close()
        if self._server is not None:
            await asyncio.to_thread(self._server.shutdown)
            self._server.server_close()

    def _count(self, publisher: BalancerPublisher, region: str, counted: BalancerMetrics) -> None:
        # What balancers counted while the stack came up would be an alarm about nothing.
        if self._measuring:
            publisher.publish(region, counted)

    def _report(self, publisher: InstancePublisher, region: str, instance_id: str, report: InstanceReport) -> None:
        if self._measuring:
            publisher.publish(region, instance_id, report)

    def _changed(self, service: str, operation: str, region: str) -> None:
        """A call has changed a record; under the lock, in a thread of the API."""
        if service == "route53":
            self.zones.refresh()
            self.checks.refresh()
        elif service == "elasticloadbalancing":
            self.lab.spawn(self.targets.apply(region))

    def _target_health_changed(self, region: str) -> None:
        self.capacity.examine(region)
        self.tasks.reconcile(region)

    def _instance_changed(self, instance: Instance) -> None:
        if instance.state == "running":
            self.lab.spawn(self.targets.apply(instance.region))
        elif instance.state == "terminated":
            self.lab.soon(self.capacity.reconcile, instance.region)

    def _alarm_changed(self, alarm: Alarm) -> None:
        if alarm.state == ALARM:
            self.engine.alarmed(alarm.arn)

    def _act(self, arn: str, alarm: Alarm) -> None:
        """Carry out what an alarm calls. Raises LookupError for what is not there."""
        if not self.policies.act(arn, alarm) and not self.services.act(arn, alarm):
            raise LookupError(f"there is no scaling policy {arn}")

    def _tell(self, experiment: Experiment) -> None:
        status, reason = experiment.status.value, experiment.reason
        log.info("experiment %s in %s: %s (%s)", experiment.id, experiment.region, status, reason)
        self.lab.truth.write("experiment", id=experiment.id, region=experiment.region, status=status, reason=reason)

    async def _resync(self) -> None:
        await self.lab.every(RESYNC * self.lab.recipe.time_scale, self._look)

    async def _look(self) -> None:
        for region in self.lab.recipe.regions:
            self.capacity.reconcile(region)
        self.zones.refresh()
        self.checks.refresh()


def _logs_api() -> Any:
    from harness.lab.control.logs_api import LogsApi

    return LogsApi()
