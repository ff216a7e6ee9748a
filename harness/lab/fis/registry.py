"""The actions that the lab can do."""

from harness.lab.fis.action import Action
from harness.lab.fis.actions import (
    assert_alarm_state,
    disrupt_connectivity,
    reboot_databases,
    reboot_instances,
    stop_instances,
    terminate_instances,
    wait,
)

ACTIONS: dict[str, Action] = {
    module.ACTION.id: module.ACTION
    for module in (
        assert_alarm_state,
        disrupt_connectivity,
        reboot_databases,
        reboot_instances,
        stop_instances,
        terminate_instances,
        wait,
    )
}

TARGET_TYPES = {
    "aws:ec2:instance": "EC2 instances",
    "aws:ec2:subnet": "Subnets",
    "aws:rds:db": "RDS DB instances",
}
