"""AWS-StopEC2Instance."""

from harness.lab.ssm.automation import Automation

AUTOMATION = Automation(name="AWS-StopEC2Instance", description="Stop EC2 instances.", steps=("stop",))
