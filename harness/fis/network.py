"""The actions on networks."""

from harness.fis.action import Action
from harness.fis.parameter import duration, one_of, text

_SUBNETS = {"Subnets": "aws:ec2:subnet"}
_SCOPES = ("all", "availability-zone", "dynamodb", "prefix-list", "s3", "s3express", "vpc")
_REGION = text("region", required=True)

NETWORK = (
    Action(
        id="aws:directconnect:virtual-interface-disconnect",
        about="Direct Connect virtual interfaces are disconnected.",
        targets={"VirtualInterfaces": "aws:directconnect:virtual-interface"},
        parameters=(duration(least=600),),
    ),
    Action(
        id="aws:network:disrupt-connectivity",
        about="Traffic from and to subnets is denied.",
        targets=_SUBNETS,
        parameters=(one_of("scope", *_SCOPES, required=True), duration(), text("prefixListIdentifier")),
        mind="Works by a cloned network ACL. Scope prefix-list needs prefixListIdentifier, with at most 10 entries.",
    ),
    Action(
        id="aws:network:route-table-disrupt-cross-region-connectivity",
        about="Traffic from subnets to another region is dropped.",
        targets=_SUBNETS,
        parameters=(_REGION, duration(least=0)),
        mind="region is the code of the region to isolate.",
    ),
    Action(
        id="aws:network:transit-gateway-disrupt-cross-region-connectivity",
        about="Traffic of transit gateways to another region is dropped.",
        targets={"TransitGateways": "aws:ec2:transit-gateway"},
        parameters=(_REGION, duration(least=0)),
        mind="region is the code of the region to isolate.",
    ),
    Action(
        id="aws:network:disrupt-vpc-endpoint",
        about="Traffic to VPC endpoints is denied.",
        targets={"VPCEndpoints": "aws:ec2:vpc-endpoint"},
        parameters=(duration(least=0),),
        mind="Swaps in an empty security group; an endpoint that is changed meanwhile is not restored.",
    ),
)
