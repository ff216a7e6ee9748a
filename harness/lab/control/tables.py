"""DynamoDB's global table: a replica in every region that takes writes, and replication between them.

moto keeps the items of each replica. A write reaches the other replicas item by item after the delay of the link; of
two writes to one item the later wins everywhere. moto's DynamoDB is imported when somebody first asks for a table.
"""

import copy
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.lab.control.lab import Lab
from harness.lab.control.metrics import Metrics, datum, key
from harness.lab.control.records import ACCOUNT
from harness.lab.control.replication import Change, Replication
from harness.lab.control.tagging import Resource

TABLE, KEY = "users-global", "id"
_NAMESPACE, _LATENCY = "AWS/DynamoDB", "ReplicationLatency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """The state of an item after a write; no item when it was deleted. The greater stamp wins."""

    key: Any
    item: Any
    stamp: tuple[int, str]  # nanoseconds, region


class Tables:
    """The replicas of the global table. Call it under the lock."""

    def __init__(self, lab: Lab, metrics: Mapping[str, Metrics], tags: Mapping[str, str]) -> None:
        self.lab, self.metrics, self._tags = lab, metrics, tags
        self._replication = Replication(lab, carry=self._carry, held=self._held)
        self._backends: dict[str, Any] = {}
        self._stamps: dict[tuple[str, Any], tuple[int, str]] = {}
        self._pauses: dict[str, tuple[str, frozenset[str]]] = {}

    def replica(self, region: str) -> Any:
        """moto's record of the replica in a region, which is another one after each cancelled transaction."""
        if not self._backends:
            self._backends = {each: self._made(each) for each in self.lab.recipe.regions}
        return self._backends[region].tables[TABLE]

    def _made(self, region: str) -> Any:
        from moto.dynamodb.models import dynamodb_backends

        backend = dynamodb_backends[ACCOUNT][region]
        backend.create_table(
            TABLE,
            schema=[{"AttributeName": KEY, "KeyType": "HASH"}],
            attr=[{"AttributeName": KEY, "AttributeType": "S"}],
            throughput=None,
            global_indexes=[],
            indexes=[],
            streams=None,
            billing_mode="PAY_PER_REQUEST",
            sse_specification=None,
            tags=[{"Key": name, "Value": value} for name, value in self._tags.items()],
            deletion_protection_enabled=False,
            warm_throughput=None,
        )
        return backend

    def tags(self, region: str) -> dict[str, str]:
        """The tags of the replica in a region."""
        return {tag["Key"]: tag["Value"] for tag in self.replica(region).tags}

    def tagged(self, region: str) -> Iterator[Resource]:
        """The replica of a region, for the tagging API."""
        yield Resource(arn=self.replica(region).table_arn, type="dynamodb:table", tags=self.tags(region))

    def others(self, region: str) -> list[str]:
        """The regions that a region replicates with."""
        return [other for other in self.lab.recipe.regions if other != region]

    # Replication

    def wrote(self, region: str, keys: Iterable[Any]) -> None:
        """Items of a replica were written or deleted: let the other replicas know."""
        replica = self.replica(region)
        for each in keys:
            write = Write(key=each, item=copy.deepcopy(replica.get_item(each)), stamp=(time.time_ns(), region))
            self._stamps[region, each] = write.stamp
            for other in self.others(region):
                self._replication.send(Change(source=region, destination=other, what=write))

    def _carry(self, change: Change) -> None:
        write, destination = change.what, change.destination
        latest = write.stamp > self._stamps.get((destination, write.key), (0, ""))
        if latest:
            self._stamps[destination, write.key] = write.stamp
            self._put(self.replica(destination), write)
        metric = key(_NAMESPACE, _LATENCY, {"TableName": TABLE, "ReceivingRegion": destination})
        self.metrics[change.source].put(metric, datum(time.time(), [change.age_ms], "Milliseconds"))
        self.lab.truth.write(
            "item_replicated",
            table=TABLE,
            key=write.key.value,
            source=change.source,
            destination=destination,
            after_ms=change.age_ms,
            superseded=not latest,
        )

    @staticmethod
    def _put(replica: Any, write: Write) -> None:
        if write.item is None:
            replica.items.pop(write.key, None)
        else:
            replica.items[write.key] = copy.deepcopy(write.item)

    # Pauses

    def _held(self, change: Change) -> bool:
        ends = (change.source, change.destination)
        return any(region in ends and TABLE in tables for region, tables in self._pauses.values())

    def pause(self, name: str, region: str, tables: Sequence[str]) -> None:
        """Hold back what goes to and from the replicas in a region, until `resume(name)`."""
        with self.lab.lock:
            self._pauses[name] = (region, frozenset(tables))
            self.lab.truth.write("table_replication_paused", name=name, region=region, tables=[*tables])

    def resume(self, name: str) -> None:
        """Let go of what was held back."""
        with self.lab.lock:
            if self._pauses.pop(name, None):
                self.lab.truth.write("table_replication_resumed", name=name)
