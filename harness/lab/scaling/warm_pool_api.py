"""The part of the Auto Scaling API that is about warm pools."""

from dataclasses import replace

from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, NotInTheLab, page
from harness.lab.scaling.described import describe_member, describe_pool
from harness.lab.scaling.groups_api import GroupsApi
from harness.lab.scaling.warm_pool import WarmPool


class WarmPoolApi(GroupsApi):
    """Puts, describes and deletes the warm pool of a group."""

    def put_warm_pool(self) -> EmptyResult:
        group = self._group()
        if group.mixture is not None:
            said = "You can't add a warm pool to an Auto Scaling group that has a mixed instances policy"
            raise AwsError("ValidationError", f"{said} or that launches Spot Instances.")
        if self.ask("PoolState", "Stopped") != "Stopped":
            raise NotInTheLab("autoscaling", f"PutWarmPool with PoolState {self.ask('PoolState')}")
        minimum, prepared = int(self.ask("MinSize", 0)), self.ask("MaxGroupPreparedCapacity")
        prepared = None if prepared in (None, -1, "-1") else int(prepared)
        if minimum < 0 or (prepared is not None and prepared < 0):
            raise AwsError("ValidationError", "The sizes of a warm pool must not be negative")
        reuse = str((self.ask("InstanceReusePolicy") or {}).get("ReuseOnScaleIn", False)).lower() == "true"
        pool = group.warm_pool or WarmPool(start=self._warm_start())
        group.warm_pool = replace(pool, minimum=minimum, prepared=prepared, reuse=reuse)
        self.groups.lab.soon(self.groups.reconcile, group.region)
        return EmptyResult()

    def _warm_start(self) -> float:
        scaling = self.groups.lab.recipe.scaling
        return scaling.warm_start if scaling else 0.0

    def describe_warm_pool(self) -> ActionResult:
        group = self._group()
        members = [describe_member(m) for m in list(group.pool.values())]
        some, token = page(members, self.ask("NextToken"), self.ask("MaxRecords"))
        configuration = describe_pool(group.warm_pool) if group.warm_pool else None
        return ActionResult({"WarmPoolConfiguration": configuration, "Instances": some, "NextToken": token})

    def delete_warm_pool(self) -> EmptyResult:
        group = self._group()
        if group.warm_pool is None:
            raise AwsError("ValidationError", f"No warm pool found for the Auto Scaling group {group.name}.")
        if group.pool and str(self.ask("ForceDelete", False)).lower() != "true":
            said = "You cannot delete a warm pool while there are instances in it: give ForceDelete"
            raise AwsError("ResourceInUse", said)
        group.warm_pool = None
        self.groups.lab.soon(self.groups.reconcile, group.region)
        return EmptyResult()
