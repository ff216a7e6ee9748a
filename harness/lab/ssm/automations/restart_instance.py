"""AWS-RestartEC2Instance: stop, then start."""

from harness.lab.ssm.automation import Automation

AUTOMATION = Automation(
    name="AWS-RestartEC2Instance", description="Stop EC2 instances, and start them again.", steps=("stop", "start")
)
