"""A run of an invented company with its secrets in every file, written by the same code as a real one."""

import json
from pathlib import Path
from typing import Any

from harness import evidence, manifest
from harness.clock import Clock
from harness.digest import digest, digest_of
from harness.journal import FILE_NAME, Journal, read_events
from harness.model.history import Outcome, Series, Stream
from harness.probes.records import answer_line, request_line
from harness.seal import close
from harness.store import AUDIT, PLAN, save_json, save_series
from tests.sealed_runs import recorded_run

ACCOUNT, OTHER_ACCOUNT = "481516234200", "222233334444"
ADDRESSES = ("10.20.30.40", "10.20.30.4", "54.1.2.3", "2600:1f18:abcd::12")
HOSTS = (
    "api.acme-shop.com",
    "db.acme-shop.com",
    "internal-acme-1.us-east-1.elb.amazonaws.com",
    "ip-10-20-30-41.ec2.internal",
    "ops.partner.net",
)
NAMES = ("acmefront", "acme-db-us-east-1", "acme-asg", "acme-rings", "alice", "acmebox", "/home/alice", "acme-scales")
IDS = ("i-0123456789abcdef0", "subnet-0fedcba9876543210", "vpc-1a2b3c4d", "Z0AEXVNKI5ABCD", "EXP6c79beba3dfc9c")
ARN = f"arn:aws:iam::{ACCOUNT}:assumed-role/AcmeOps/alice@acme-shop.com"
SECRETS = (ACCOUNT, OTHER_ACCOUNT, *ADDRESSES, *HOSTS, *NAMES, *IDS, ARN, "AcmeOps", "AKIAIOSFODNN7EXAMPLE")
TEXT = f"host-1 and machine-1: alice saw {', '.join(SECRETS)}; http://{HOSTS[0]}:8080/orders?from=http://alice:pw@{HOSTS[4]}/x"


def planted_run(folder: Path, *, stack: str = "acmefront", judged: bool = True) -> Path:
    """A judged run: everything that identifies stands in its record, and so in what is made from it."""
    recorded_run(folder)
    _plan(folder, stack)
    _records(folder)
    _journal(folder, stack)
    manifest.begin(folder)
    if judged:
        evidence.judge_folder(folder)
    return folder


def _plan(folder: Path, stack: str) -> None:
    plan = json.loads((folder / PLAN).read_text())
    described = plan["stack"]
    described |= {"stack": stack, "account": ACCOUNT, "resolver": f"{ADDRESSES[0]}:53"}
    described["entry"] = {"url": f"http://{HOSTS[0]}", "record": HOSTS[0], "zone_id": IDS[3]}
    described["database"] |= {"writer_record": HOSTS[1], "instances": {"us-east-1": NAMES[1]}}
    first = described["regions"]["us-east-1"]
    first |= {"auto_scaling_group": NAMES[2], "detection_alarm": NAMES[3], "url": f"http://{ADDRESSES[2]}"}
    text = f"stack: {stack}\naccount: '{OTHER_ACCOUNT}'\n{TEXT}\n\tclass AcmefrontShopper: ...\n"
    plan["pinned"] = [
        {"kind": "stack", "path": f"{NAMES[6]}/x.yaml", "text": text, **digest_of(text.encode()).as_json()}
    ]
    plan["identity"] = {"account": ACCOUNT, "arn": ARN}
    save_json(folder / PLAN, plan)


def _records(folder: Path) -> None:
    failed: dict[str, Any] = {"outcome": Outcome.FAILED, "region": None, "error": f"OSError('{TEXT}\\n{ADDRESSES[0]}')"}
    times = {"population": "NA", "due": 4_500_000_000, "sent": 4_500_000_000, "finished": 4_600_000_000}
    for name, stream in (("load", Stream.LOAD), ("probes", Stream.READ), ("ledger", Stream.WRITE)):
        line = request_line(
            stream=stream, name="GET /x", write_id="w-8" if name == "ledger" else None, **times, **failed
        )
        _insert(folder / f"{name}.jsonl", line)
    found = answer_line(
        population="NA", name=HOSTS[0], at=200, addresses=list(ADDRESSES[:3]), region="us-east-1", ttl=2.0
    )
    _insert(folder / "probes.jsonl", found)
    audit = json.loads((folder / AUDIT).read_text())
    save_json(folder / AUDIT, audit | {"unknown": [f"{TEXT} 1"]})
    metric = {"namespace": "AWS/EC2", "name": "CPUUtilization", "statistic": "Average", "period": 60.0}
    points = ((1.0, 20.0), (7.0, 90.0))
    save_series(
        folder,
        [Series(region="us-east-1", dimensions={"AutoScalingGroupName": NAMES[2]}, points=points, **metric)],
        [TEXT],
    )
    (folder / "locust.log").write_text(f"[2026-11-21 15:02:43,536] acmebox/INFO/locust.main: {TEXT}\n")
    (folder / "prober.log").write_text(f'  File "/home/alice/drill/prober.py", line 3\n{TEXT}\n')
    for name in ("load.json", "prober.json"):
        save_json(folder / name, {"directory": "/home/alice/drill/results/d/t", "said": TEXT, "populations": {TEXT: 1}})
    (folder / f"core of {ADDRESSES[0]} acmefront.bin").write_bytes(b"\xff\x00" + TEXT.encode() + b"\xfe")


def _insert(path: Path, line: str) -> None:
    first, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join([first, line, *rest]))


def _journal(folder: Path, stack: str) -> None:
    """The same events with secrets in them, and some more."""
    events = read_events(folder / FILE_NAME)
    (folder / FILE_NAME).unlink()
    journal = Journal(folder / FILE_NAME, Clock(time_scale=10.0, origin_ns=0))
    for event in events:
        data = dict(event.data)
        if event.kind == "opened":
            data["stack"] = stack
        if event.kind == "admitted":
            data["plan"] = digest(folder / PLAN).as_json()
        if event.kind == "injected":
            _alarm(journal, event.at)
            _capacity(journal, event.at)
            data |= {"targets": [ARN], "experiments": [{"id": IDS[4], "region": "us-east-1"}]}
        journal.record(event.kind, at=event.at, **data)
    journal.record("void", at=12.5, because=TEXT)
    close(journal, "completed")
    journal.close()


def _capacity(journal: Journal, at: float) -> None:
    where = {"region": "us-east-1", "group": NAMES[2]}
    dimensions = {"AutoScalingGroupName": NAMES[2]}
    alarms = [{"alarm": NAMES[7], "scaling": "out", "threshold": 60.0, "dimensions": dimensions}]
    journal.record("watching capacity", at=at, **where, alarms=alarms, because=TEXT)
    counts = {"desired": 2, "in_service": 2, "pending": 0, "healthy": 2, "instances": {IDS[0]: "InService"}}
    journal.record("capacity", at=at, **where, **counts, poll_interval=0.25)
    told = {"id": "6f1e2d3c-1111-2222-3333-444455556666", "status": "Successful", "started": at, "ended": None}
    journal.record("scaling activity", at=at, **where, **told, description=TEXT, cause=f"alarm {NAMES[7]} rang")


def _alarm(journal: Journal, at: float) -> None:
    times = {"reported": "2026-11-21T12:00:05+00:00", "seen": "2026-11-21T12:00:05.1+00:00", "poll_interval": 0.1}
    said = {"name": NAMES[3], "region": "us-east-1", "state": "ALARM", "previous": "OK", "because": TEXT}
    journal.record("alarm", at=at, **said, **times)
