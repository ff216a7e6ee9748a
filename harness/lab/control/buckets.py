"""S3: one versioned bucket in every region, and replication from the first region's bucket to the others'.

moto keeps the objects. What is written to the first bucket is copied into each other one after the delay of the link,
with its version id and metadata; delete markers too. moto's S3 is imported when somebody first asks for a bucket.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.lab.control.lab import Lab
from harness.lab.control.records import ACCOUNT
from harness.lab.control.replication import Change, Replication
from harness.lab.control.tagging import Resource

ROLE = f"arn:aws:iam::{ACCOUNT}:role/drill-s3-replication"


def bucket_name(region: str) -> str:
    """The name of the bucket in a region."""
    return f"storefront-assets-{region}-{ACCOUNT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of an object, or a delete marker, of the first bucket."""

    key: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """What is held back: from which buckets, to which region; all destinations or keys where none are named."""

    buckets: Collection[str]
    region: str
    destinations: Collection[str] = ()
    prefixes: tuple[str, ...] = ()

    def holds(self, source: str, destination: str, region: str, key: str) -> bool:
        """Whether it holds back the copy of an object from one bucket to another, which is in a region."""
        return (
            source in self.buckets
            and region == self.region
            and (not self.destinations or destination in self.destinations)
            and (not self.prefixes or key.startswith(self.prefixes))
        )


class Buckets:
    """The buckets. Call it under the lock."""

    def __init__(self, lab: Lab, tags: Mapping[str, str]) -> None:
        self.lab, self._tags = lab, tags
        self.first, *self.others = lab.recipe.regions
        self._replication = Replication(lab, carry=self._carry, held=self._held)
        self._backend: Any = None
        self._waits: dict[Version, set[str]] = {}  # versions of the first bucket, and the regions that lack them
        self._copies: set[tuple[str, Version]] = set()  # by bucket
        self._pauses: dict[str, Pause] = {}

    def bucket(self, region: str) -> Any:
        """moto's record of the bucket in a region."""
        if self._backend is None:
            from moto.s3.models import s3_backends

            self._backend = s3_backends[ACCOUNT]["aws"]
            for each in self.lab.recipe.regions:
                self._make(each)
        return self._backend.buckets[bucket_name(region)]

    def _make(self, region: str) -> None:
        from moto.s3 import models

        bucket: Any = models.FakeBucket(bucket_name(region), ACCOUNT, region)  # type: ignore[abstract]
        bucket.versioning_status = "Enabled"
        self._backend.buckets[bucket.name] = bucket
        self._backend.put_bucket_tagging(bucket.name, dict(self._tags))

    def tags(self, region: str) -> dict[str, str]:
        """The tags of the bucket in a region."""
        listed = self._backend.get_bucket_tagging(self.bucket(region).name)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in listed}

    def tagged(self, region: str) -> Iterator[Resource]:
        """The bucket of a region, for the tagging API."""
        yield Resource(arn=f"arn:aws:s3:::{self.bucket(region).name}", type="s3:bucket", tags=self.tags(region))

    def rules(self, bucket: str) -> list[dict[str, Any]]:
        """The replication rules of a bucket in the words of GetBucketReplication."""
        return [
            {
                "ID": f"to-{region}",
                "Priority": number,
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "DeleteMarkerReplication": {"Status": "Enabled"},
                "Destination": {"Bucket": f"arn:aws:s3:::{bucket_name(region)}"},
            }
            for number, region in enumerate(self.others, 1)
            if bucket == bucket_name(self.first)
        ]

    def there(self, name: str) -> bool:
        """Whether there is a bucket of this name."""
        return name in map(bucket_name, self.lab.recipe.regions)

    def put(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object, as a client would."""
        self.bucket(self.first)
        written = self._backend.put_object(bucket, key, body)
        self.wrote(bucket, Version(key=key, id=str(written.version_id)))

    # Replication

    def wrote(self, bucket: str, version: Version) -> None:
        """A version or a delete marker was written to a bucket: copy it where its rules say."""
        if bucket == bucket_name(self.first) and self.others and version not in self._waits:
            self._waits[version] = set(self.others)
            for region in self.others:
                self._replication.send(Change(source=self.first, destination=region, what=version))

    def status(self, bucket: str, version: Version) -> str | None:
        """The replication status of a version; none where no rule is about it."""
        if (bucket, version) in self._copies:
            return "REPLICA"
        if bucket != bucket_name(self.first) or version not in self._waits:
            return None
        return "PENDING" if self._waits[version] else "COMPLETED"

    def _carry(self, change: Change) -> None:
        version: Version = change.what
        source, destination = self.bucket(change.source), self.bucket(change.destination)
        found = next((v for v in source.keys.getlist(version.key, []) if v.version_id == version.id), None)
        if found is not None:
            destination.keys[version.key] = _copied(found, destination)
            self._copies.add((destination.name, version))
        self._waits[version].discard(change.destination)
        self.lab.truth.write(
            "object_replicated",
            key=version.key,
            version=version.id,
            source=source.name,
            destination=destination.name,
            after_ms=change.age_ms,
            gone=found is None,
        )

    # Pauses

    def _held(self, change: Change) -> bool:
        names = (bucket_name(change.source), bucket_name(change.destination))
        return any(pause.holds(*names, change.destination, change.what.key) for pause in self._pauses.values())

    def replicates(self, buckets: Sequence[str], region: str) -> bool:
        """Whether one of these buckets has a rule to a bucket in a region."""
        return bucket_name(self.first) in buckets and region in self.others

    def pause(self, name: str, pause: Pause) -> None:
        """Hold something back, until `resume(name)`."""
        with self.lab.lock:
            self._pauses[name] = pause
            self.lab.truth.write("bucket_replication_paused", name=name, region=pause.region)

    def resume(self, name: str) -> None:
        """Let go of what was held back."""
        with self.lab.lock:
            if self._pauses.pop(name, None):
                self.lab.truth.write("bucket_replication_resumed", name=name)


def _copied(version: Any, bucket: Any) -> Any:
    """A copy of a version, or of a delete marker, for another bucket."""
    from moto.s3.models import FakeDeleteMarker, FakeKey

    if isinstance(version, FakeDeleteMarker):
        copy: Any = FakeDeleteMarker(version.key)
        copy.name, copy._version_id = version.name, version.version_id
    else:
        copy = FakeKey(
            version.name,
            version.value,
            ACCOUNT,
            bucket.region_name,
            etag=version.etag.strip('"'),
            is_versioned=True,
            version_id=version.version_id,
            multipart=version.multipart,
            bucket_name=bucket.name,
            checksum_value=version.checksum_value,
            checksum_type=version.checksum_type,
            checksum_parts=version.checksum_parts,
        )
        copy.checksum_algorithm = version.checksum_algorithm
        copy.set_metadata(dict(version.metadata))
    copy.last_modified = version.last_modified
    return copy
