"""A redacted copy says what the run said, gives nothing away, and shows every change as the run does."""

import json
import re
import shutil
import stat
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from harness import evidence, manifest
from harness.cli import main
from harness.errors import StoreError
from harness.evidence_commands import sign
from harness.journal import FILE_NAME
from harness.model.verification import State
from harness.redaction import redacted_copy
from harness.redaction.lines import copy_redacted
from harness.redaction.pseudonyms import Pseudonyms
from harness.redaction.redacted_copy import Copy, redact
from harness.redaction.redactor import Redactor
from harness.redaction.scan import Scan
from harness.seal import MANIFEST, SIGNATURE
from harness.store import FINDINGS, PLAN, load_plan
from harness.verification import verify
from tests import tampering
from tests.redaction.planted_runs import ACCOUNT, ADDRESSES, SECRETS, planted_run
from tests.sealed_runs import recorded_run
from tests.tampering import files
from tests.test_verification import a_key


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planted_run(tmp_path_factory.mktemp("runs") / "results" / "drill" / "run")


@pytest.fixture(scope="module")
def made(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """One copy for the whole module, with its map beside it."""
    target = tmp_path_factory.mktemp("copies") / "copy"
    return redact(run, target, kept_map=target.with_name("map.json"))


@pytest.fixture
def copy(made: Copy, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made.folder, tmp_path / "moved"))


def mapping(made: Copy) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(made.folder.with_name("map.json").read_text())
    return found


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_stands_in_the_run_and_nowhere_in_the_copy(secret: str, run: Path, made: Copy) -> None:
    before, after = files(run), files(made.folder)
    holding = {name for name, content in before.items() if secret.encode() in content}
    assert {PLAN, FILE_NAME, "load.jsonl", "probes.jsonl", "ledger.jsonl", "locust.log", "prober.log"} <= holding
    for name, content in after.items():
        assert secret.lower().encode() not in content.lower() + name.lower().encode(), name


def test_the_copy_is_verified_and_says_what_it_is_a_copy_of(
    run: Path, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = manifest.load(run).chain
    assert main(["verify", str(copy)]) == 0
    assert f"redacted copy of {head}" in capsys.readouterr().out
    assert main(["verify", str(copy), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["redacted_copy_of"] == head
    assert verify(run).copy_of == ""


def test_every_file_that_is_made_from_the_record_is_made_from_the_redacted_one(copy: Path) -> None:
    told = {c.name: c.because for c in verify(copy).checks if c.name in manifest.load(copy).derived}
    assert {FINDINGS, "report.html", "latency.hlog"} <= set(told)
    assert set(told.values()) == {"as it was written; made again from the record, byte for byte"}


def test_the_findings_are_those_of_the_run_but_for_the_words_that_were_replaced(run: Path, made: Copy) -> None:
    before, after = ((each / FINDINGS).read_text() for each in (run, made.folder))
    assert json.loads(before)["voids"] and before != after
    assert put_back(after, made).lower() == before.lower()
    assert numbers(json.loads(after)) == numbers(json.loads(before))


@pytest.mark.parametrize(
    "name", ["load.jsonl", "probes.jsonl", "ledger.jsonl", "audit.json", "locust.log", "prober.log"]
)
def test_with_the_map_the_record_is_that_of_the_run_again(name: str, run: Path, made: Copy) -> None:
    assert put_back((made.folder / name).read_text(), made).lower() == (run / name).read_text().lower()


def put_back(text: str, made: Copy) -> str:
    """The text with what the map says stands behind each pseudonym."""
    originals = {each: said["original"] for each, said in mapping(made)["pseudonyms"].items()}
    known = sorted(originals, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, known)), lambda found: originals[found[0]], text)


def numbers(value: Any) -> Any:
    """JSON data with every text taken out of it."""
    if isinstance(value, dict):
        return [numbers(each) for each in value.values()]
    return [numbers(each) for each in value] if isinstance(value, list) else None if isinstance(value, str) else value


def test_one_original_has_one_pseudonym_in_every_file(made: Copy) -> None:
    behind = {said["original"]: each for each, said in mapping(made)["pseudonyms"].items()}
    for name in (PLAN, FILE_NAME, "load.jsonl", "locust.log", "load.json", "probes.jsonl"):
        text = (made.folder / name).read_text()
        assert behind[ADDRESSES[0]] in text and behind[ACCOUNT] in text, name
    assert behind[ADDRESSES[0]] != behind[ADDRESSES[1]]


def test_no_two_originals_share_a_pseudonym_and_each_keeps_its_kind(made: Copy) -> None:
    pairs = mapping(made)["pseudonyms"]
    assert len(pairs) == len({said["original"].lower() for said in pairs.values()}) == sum(made.counts.values())
    assert {"000000000001", "192.0.2.1", "2001:db8::1", "i-00000000000000001", "vpc-00000001"} <= set(pairs)
    assert "arn:aws:iam::000000000001:assumed-role/" in (made.folder / PLAN).read_text()


def test_the_map_is_for_its_owner_alone_and_not_in_the_copy(run: Path, made: Copy) -> None:
    path = made.folder.with_name("map.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert mapping(made)["of"] == manifest.load(run).chain == made.of
    assert set(files(made.folder)) == {re.sub("core of .*", "core of 192.0.2.1 stack-1.bin", n) for n in files(run)}


def test_what_was_pinned_has_the_digest_of_what_stands_there_now(run: Path, made: Copy) -> None:
    before, after = (load_plan(each)["pinned"][0] for each in (run, made.folder))
    assert before["sha256"].encode() not in b"".join(files(made.folder).values())
    assert after["size"] == len(after["text"].encode())


def test_one_flipped_bit_anywhere_in_any_file_of_the_copy_is_found(copy: Path) -> None:
    assert tampering.unnoticed(copy, tampering.flipped(copy, seed=1, times=4)) == []
    assert tampering.unnoticed(copy, tampering.reshaped(copy, seed=1)) == []
    assert verify(copy).verified


def test_the_signature_of_the_run_is_none_of_the_copy_which_can_be_signed_itself(run: Path, tmp_path: Path) -> None:
    signed, key = Path(shutil.copytree(run, tmp_path / "signed")), a_key(tmp_path / "key.pem")
    sign(signed, key)
    copy = redact(signed, tmp_path / "copy").folder
    assert not verify(copy, key).verified
    shutil.copy(signed / SIGNATURE, copy)
    assert {c.name: c.state for c in verify(copy).problems} == {SIGNATURE: State.CHANGED}
    sign(copy, key)
    assert verify(copy, key).verified


def test_redacting_leaves_the_run_as_it_was(tmp_path: Path) -> None:
    run = planted_run(tmp_path / "run")
    before = files(run)
    redact(run, tmp_path / "copy")
    assert files(run) == before and verify(run).verified


def test_a_closed_run_that_nobody_judged_has_a_copy_that_nobody_judged(tmp_path: Path) -> None:
    copy = redact(planted_run(tmp_path / "run", judged=False), tmp_path / "copy").folder
    assert verify(copy).verified
    assert not (copy / FINDINGS).exists()


def test_more_words_are_hidden_and_words_kept_as_they_are_asked_for(run: Path, tmp_path: Path) -> None:
    redact(run, tmp_path / "copy", hide=["catalogue", "Shopper"], keep=["acme-rings"])
    everything = b"".join(files(tmp_path / "copy").values())
    assert b"catalogue" not in everything.lower() and b"GET /word-" in everything
    assert b"acme-rings" in everything


def test_a_name_that_is_a_word_of_drills_own_is_refused_by_that_name_and_may_be_kept(tmp_path: Path) -> None:
    run = planted_run(tmp_path / "run", stack="steady")
    with pytest.raises(StoreError, match=r"'steady' \(stack\) stands there still; is it no secret, add --keep steady"):
        redact(run, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    assert verify(redact(run, tmp_path / "copy", keep=["steady"]).folder).verified


def test_what_the_final_scan_finds_is_an_error_and_the_copy_is_gone(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = redacted_copy._copy_record

    def forgetful(*arguments: Any) -> None:
        whole(*arguments)
        (arguments[1] / "prober.log").write_text(f"x{ACCOUNT}x and {ADDRESSES[1]}")

    monkeypatch.setattr(redacted_copy, "_copy_record", forgetful)
    with pytest.raises(StoreError) as refused:
        redact(run, tmp_path / "copy", kept_map=tmp_path / "map")
    assert len(refused.value.problems) == 2
    assert all("prober.log" in each for each in refused.value.problems)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("owner, name", [(redacted_copy, "_copy_record"), (manifest, "begin"), (Scan, "folder"),
                                         (evidence, "write_derived"), (Path, "rename")])  # fmt: skip
def test_an_interrupt_leaves_nothing_behind(
    owner: Any, name: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        redact(run, tmp_path / "copy", kept_map=tmp_path / "map")
    assert not list(tmp_path.iterdir())


def test_what_is_in_the_way_is_told_before_anything_is_written(run: Path, made: Copy, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    refused = {
        "it exists": {"run": run, "target": tmp_path / "there"},
        "there is no folder": {"run": run, "target": tmp_path / "no" / "copy"},
        "it would lie in the folder of the run": {"run": run, "target": run / "copy"},
        "it would lie in the copy": {"run": run, "target": tmp_path / "c", "kept_map": tmp_path / "c" / "map"},
        "it is a redacted copy": {"run": made.folder, "target": tmp_path / "c"},
        "there is no run here": {"run": tmp_path, "target": tmp_path / "c"},
        "never closed": {"run": recorded_run(tmp_path / "r"), "target": tmp_path / "c"},
    }
    before = files(run), sorted(p.name for p in tmp_path.iterdir())
    for why, asked in refused.items():
        with pytest.raises(StoreError, match=why):
            redact(**asked)
    assert (files(run), sorted(p.name for p in tmp_path.iterdir())) == before


def test_a_run_that_is_not_verified_is_not_made_to_look_so_by_a_copy(run: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(run, tmp_path / "changed"))
    (changed / "locust.log").write_text("nothing happened")
    with pytest.raises(StoreError, match=r"not redacted, for it is not verified: locust\.log"):
        redact(changed, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_the_command_says_what_it_did_or_why_not(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["redact", str(run), "--to", str(tmp_path / "copy")]
    assert main(asked) == 0
    assert f"redacted copy of {manifest.load(run).chain[:16]}, verified" in capsys.readouterr().out
    assert main(asked) == 3
    assert "it exists" in capsys.readouterr().err
    assert main([*asked[:-1], str(tmp_path / "two"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["replaced"]["account"] == 2
    assert (tmp_path / "two" / MANIFEST).exists()


def test_a_record_is_copied_line_by_line_and_never_held_whole(tmp_path: Path) -> None:
    line = '{"stream":"load","due":%d,"error":"no route to 10.0.0.1%s","write_id":"w-%d"}\n'
    (tmp_path / "load.jsonl").write_text("".join(line % (n, "." * 300, n) for n in range(12_000)))
    size = (tmp_path / "load.jsonl").stat().st_size
    redactor = Redactor({"acmefront": "stack"}, Pseudonyms())
    tracemalloc.start()
    try:
        copy_redacted(tmp_path / "load.jsonl", tmp_path / "copy.jsonl", redactor)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert held < size / 2
    assert (tmp_path / "copy.jsonl").read_text().count("192.0.2.1") == 12_000
