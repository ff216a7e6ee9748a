"""Every action of FIS, by its id. Facts from the public user guide and API model."""

from harness.fis.action import Action
from harness.fis.compute import COMPUTE
from harness.fis.data import DATA
from harness.fis.network import NETWORK
from harness.fis.services import SERVICES

ACTIONS: dict[str, Action] = {
    action.id: action for action in sorted(COMPUTE + DATA + NETWORK + SERVICES, key=lambda each: each.id)
}

# Ids that older templates still name: what became of them.
RETIRED: dict[str, str] = {
    "aws:elasticache:interrupt-cluster-az-power": (
        "it is now called aws:elasticache:replicationgroup-interrupt-az-power"
    ),
    "aws:dynamodb:encrypted-global-table-pause-replication": "it was withdrawn in April 2024",
}
