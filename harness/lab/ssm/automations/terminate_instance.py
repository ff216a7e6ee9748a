"""AWS-TerminateEC2Instance."""

from harness.lab.ssm.automation import Automation

AUTOMATION = Automation(name="AWS-TerminateEC2Instance", description="Terminate EC2 instances.", steps=("terminate",))
