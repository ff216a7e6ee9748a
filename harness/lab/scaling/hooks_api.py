"""The part of the Auto Scaling API that is about lifecycle hooks."""

from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, NotInTheLab
from harness.lab.scaling.described import describe_hook
from harness.lab.scaling.groups_api import GroupsApi
from harness.lab.scaling.hook import ABANDON, CONTINUE, ENDING, LAUNCHING, Hook

_SHORTEST, _LONGEST = 30, 7200


class HooksApi(GroupsApi):
    """Puts, describes and deletes hooks, and finishes what waits at them."""

    def put_lifecycle_hook(self) -> EmptyResult:
        group, name = self._group(), self.ask("LifecycleHookName")
        if self.ask("NotificationTargetARN") or self.ask("RoleARN"):
            raise NotInTheLab("autoscaling", "PutLifecycleHook with a notification target")
        transition, default = self.ask("LifecycleTransition"), self.ask("DefaultResult", ABANDON)
        known = group.hooks.get(name)
        transition = transition or (known.transition if known else None)
        if transition not in (LAUNCHING, ENDING):
            raise AwsError("ValidationError", f"LifecycleTransition must be {LAUNCHING} or {ENDING}")
        if default not in (CONTINUE, ABANDON):
            raise AwsError("ValidationError", f"DefaultResult must be {CONTINUE} or {ABANDON}")
        metadata = self.ask("NotificationMetadata", "")
        group.hooks[name] = Hook(
            name=name, transition=transition, timeout=self._timeout(), default=default, metadata=metadata
        )
        return EmptyResult()

    def _timeout(self) -> float:
        timeout = float(self.ask("HeartbeatTimeout", 3600))
        if not _SHORTEST <= timeout <= _LONGEST:
            raise AwsError("ValidationError", f"HeartbeatTimeout must be between {_SHORTEST} and {_LONGEST} seconds")
        return timeout

    def describe_lifecycle_hooks(self) -> ActionResult:
        group, names = self._group(), self.ask("LifecycleHookNames", [])
        found = [hook for hook in list(group.hooks.values()) if not names or hook.name in names]
        return ActionResult({"LifecycleHooks": [describe_hook(group, hook) for hook in found]})

    def describe_lifecycle_hook_types(self) -> ActionResult:
        return ActionResult({"LifecycleHookTypes": [LAUNCHING, ENDING]})

    def delete_lifecycle_hook(self) -> EmptyResult:
        group = self._group()
        self.groups.lives.hooks.remove(group, self._hook())
        return EmptyResult()

    def complete_lifecycle_action(self) -> EmptyResult:
        hook, result = self._hook().name, self.ask("LifecycleActionResult")
        self.groups.lives.hooks.complete(hook, *self._which(), result)
        return EmptyResult()

    def record_lifecycle_action_heartbeat(self) -> EmptyResult:
        self.groups.lives.hooks.heartbeat(self._hook().name, *self._which())
        return EmptyResult()

    def _which(self) -> tuple[str | None, str | None]:
        instance, token = self.ask("InstanceId"), self.ask("LifecycleActionToken")
        if instance is None and token is None:
            raise AwsError("ValidationError", "Either an InstanceId or a LifecycleActionToken must be specified")
        return instance, token

    def _hook(self) -> Hook:
        group, name = self._group(), self.ask("LifecycleHookName")
        if name not in group.hooks:
            raise AwsError("ValidationError", f"No Lifecycle Hook found with name: {name}")
        return group.hooks[name]
