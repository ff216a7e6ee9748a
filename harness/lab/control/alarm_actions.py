"""What an alarm calls when its state changes."""

import re
from dataclasses import dataclass

REPEATED = 60.0  # model seconds: an alarm calls the scaling policies of its state again so often while it stays there

_POLICY = re.compile(r"arn:aws:autoscaling:[^:]*:\d*:scalingPolicy:.+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """The ARNs that an alarm calls in each of its states, while they are enabled."""

    alarm: tuple[str, ...] = ()
    ok: tuple[str, ...] = ()
    insufficient: tuple[str, ...] = ()
    enabled: bool = True

    def of(self, state: str) -> tuple[str, ...]:
        """What is called in a state; nothing while actions are disabled."""
        if not self.enabled:
            return ()
        return {"ALARM": self.alarm, "OK": self.ok}.get(state, self.insufficient)

    def every(self) -> tuple[str, ...]:
        """Each ARN of any state."""
        return self.alarm + self.ok + self.insufficient


def is_policy(arn: str) -> bool:
    """Whether an ARN is that of a scaling policy, of EC2 Auto Scaling or Application Auto Scaling."""
    return _POLICY.fullmatch(arn) is not None


def is_managed(alarm_name: str) -> bool:
    """Whether an alarm is one that target tracking made, which users may change on AWS but are told not to."""
    return alarm_name.startswith("TargetTracking-")
