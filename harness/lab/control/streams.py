"""Kinesis: one data stream a region, whose records moto keeps; loaded when somebody first asks for it."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.responses import BaseResponse

from harness.lab.control import records
from harness.lab.control.tagging import Resource
from harness.lab.fis.targets import Candidate

NAME, SHARDS = "storefront-clicks", 2


class Streams:
    """The streams of every region. They cannot be made or deleted, so that their ARNs and tags need no records."""

    def __init__(self, tags: Mapping[str, str]) -> None:
        self.tags = dict(tags)
        self._made: set[str] = set()

    def arn(self, region: str) -> str:
        """The ARN of a region's stream."""
        return f"arn:aws:kinesis:{region}:{records.ACCOUNT}:stream/{NAME}"

    def candidates(self, region: str) -> Iterator[Candidate]:
        """The stream of a region as a target."""
        yield Candidate(arn=self.arn(region), tags=self.tags, attributes={"StreamName": NAME})

    def tagged(self, region: str) -> Iterator[Resource]:
        """The stream of a region as the tagging API lists it."""
        yield Resource(arn=self.arn(region), type="kinesis:stream", tags=self.tags)

    def api(self) -> BaseResponse:
        """moto's Kinesis API, with the streams in it."""
        kinesis: Any = records.load("moto.kinesis.responses")
        streams = self

        class StreamsApi(kinesis.KinesisResponse):  # type: ignore[misc]
            @property
            def kinesis_backend(self) -> Any:
                return streams.backend(self.region)

        return StreamsApi()

    def backend(self, region: str) -> Any:
        """moto's records of a region, with its stream; call it under the lock."""
        kinesis = records.load("moto.kinesis.models").kinesis_backends[records.ACCOUNT][region]
        if region not in self._made:
            kinesis.create_stream(NAME, SHARDS)
            kinesis.streams[NAME].tags.update(self.tags)
            self._made.add(region)
        return kinesis
