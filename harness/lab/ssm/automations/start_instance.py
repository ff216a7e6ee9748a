"""AWS-StartEC2Instance."""

from harness.lab.ssm.automation import Automation

AUTOMATION = Automation(name="AWS-StartEC2Instance", description="Start EC2 instances.", steps=("start",))
