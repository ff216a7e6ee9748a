"""The DynamoDB API: moto's, with replicas that hear of each other's writes. Importing it imports moto's DynamoDB."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler

from harness.lab.control.answer import ActionResult, NotInTheLab
from harness.lab.control.tables import KEY, Tables


class TablesApi(DynamoHandler):
    """Serves the replica of one region a request."""

    def __init__(self, tables: Tables) -> None:
        super().__init__()
        self.tables = tables

    def call_action(self) -> Any:
        """Answer, and pass on what was written."""
        self.tables.replica(self.region)
        if self.params.get("ReturnConsumedCapacity", "NONE") != "NONE":
            raise NotInTheLab("dynamodb", "ReturnConsumedCapacity, for it counts none")
        reply = super().call_action()
        if int(reply[0]) == 200:
            keys = dict.fromkeys(DynamoType(attributes[KEY]) for attributes in written(self._get_action(), self.params))
            self.tables.wrote(self.region, keys)
        return reply

    def describe_table(self) -> ActionResult:
        described: Any = super().describe_table().result
        others = self.tables.others(self.region)
        if others:
            replicas = [{"RegionName": region, "ReplicaStatus": "ACTIVE"} for region in others]
            described["Table"] |= {"GlobalTableVersion": "2019.11.21", "Replicas": replicas}
        return ActionResult(described)


def written(operation: str, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The attributes, the key among them, of every item that a successful request wrote."""
    match operation:
        case "PutItem":
            yield request["Item"]
        case "UpdateItem" | "DeleteItem":
            yield request["Key"]
        case "BatchWriteItem":
            for batch in request["RequestItems"].values():
                for each in batch:
                    yield each["PutRequest"]["Item"] if "PutRequest" in each else each["DeleteRequest"]["Key"]
        case "TransactWriteItems":
            for action in request["TransactItems"]:
                for kind, each in action.items():
                    if kind != "ConditionCheck":
                        yield each["Item" if kind == "Put" else "Key"]
