"""Whatever was changed in the folder of a run shows."""

import json
import re
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

import harness.reports.kinds  # noqa: F401  fills the registry
from harness import evidence, manifest
from harness.cli import main
from harness.clock import Clock
from harness.digest import digest
from harness.errors import ConfigError, StoreError
from harness.evidence_commands import sign
from harness.journal import FILE_NAME, Journal
from harness.model.verification import Signed, State, Verification
from harness.reports.registry import REPORTS
from harness.reports.verified import conclusion, render
from harness.seal import DERIVED, MANIFEST, SIGNATURE, close
from harness.store import AUDIT, FINDINGS, LATENCY, RECORDS
from harness.verification import verify
from tests import tampering
from tests.sealed_runs import closed_run, judged_run, recorded_run

RAW = ("plan.json", AUDIT, "locust.log", *RECORDS)
FILES = (FILE_NAME, MANIFEST, SIGNATURE, *RAW, *DERIVED)
PLACES = (0.0, 0.31, 0.5, 0.73, 1.0)


def a_key(path: Path) -> Path:
    """A new private key in PEM; the public one beside it ends in .pub."""
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.with_suffix(".pub").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One signed run for the whole module; tests work on copies of it."""
    base = tmp_path_factory.mktemp("signed")
    folder = judged_run(base / "run")
    sign(folder, a_key(base / "key.pem"))
    return folder


@pytest.fixture
def run(signed: Path, tmp_path: Path) -> Path:
    """A copy, elsewhere than it was judged."""
    return Path(shutil.copytree(signed, tmp_path / "moved"))


def states(found: Verification) -> dict[str, State]:
    return {c.name: c.state for c in found.checks}


def test_an_untouched_run_is_verified_wherever_it_lies(run: Path) -> None:
    found = verify(run)
    assert found.verified, render(found)
    assert set(states(found)) == {*FILES, "prober.log"}


def test_every_file_that_can_be_made_again_is_known_as_such() -> None:
    assert set(DERIVED) == {FINDINGS, LATENCY, *(r.filename for r in REPORTS.values())}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", FILES)
def test_a_single_changed_byte_is_found_in_every_file(name: str, place: float, run: Path) -> None:
    path = run / name
    content = bytearray(path.read_bytes())
    content[round(place * (len(content) - 1))] ^= 0x01
    path.write_bytes(content)
    found = verify(run)
    assert not found.verified
    assert name in {c.name for c in found.problems}


@pytest.mark.parametrize("seed", range(4))
def test_one_flipped_bit_anywhere_in_any_file_is_found(seed: int, run: Path) -> None:
    assert set(tampering.files(run)) == {*FILES, "prober.log"}
    assert tampering.unnoticed(run, tampering.flipped(run, seed, times=6)) == []
    assert verify(run).verified


@pytest.mark.parametrize("seed", range(2))
def test_whatever_becomes_of_a_file_is_found(seed: int, run: Path) -> None:
    assert tampering.unnoticed(run, tampering.reshaped(run, seed)) == []
    assert verify(run).verified


def test_a_file_added_beside_any_other_under_any_name_is_found(run: Path) -> None:
    for name in tampering.files(run):
        for added in (f"{name}.bak", f".{name}.part", f"old {name}", name.upper(), f"~{name}"):
            (run / added).write_bytes((run / name).read_bytes())
            assert states(verify(run)).get(added) is State.ADDED, added
            (run / added).unlink()
    assert verify(run).verified


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short_is_found(name: str, run: Path) -> None:
    path = run / name
    path.write_bytes(path.read_bytes()[:-1])
    assert name in {c.name for c in verify(run).problems}


@pytest.mark.parametrize("name", FILES)
def test_a_longer_file_is_found(name: str, run: Path) -> None:
    with (run / name).open("ab") as file:
        file.write(b" ")
    assert name in {c.name for c in verify(run).problems}


@pytest.mark.parametrize("name", [*FILES, "prober.log"])
def test_a_missing_file_is_found(name: str, run: Path) -> None:
    (run / name).unlink()
    assert states(verify(run))[name] is State.MISSING


@pytest.mark.parametrize("name", [*FILES, "prober.log"])
def test_a_file_that_became_a_link_to_its_content_is_found(name: str, run: Path) -> None:
    (run / name).rename(run.parent / name)
    (run / name).symlink_to(run.parent / name)
    assert name in {c.name for c in verify(run).problems}


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "more/notes.txt"])
def test_an_added_file_is_found(name: str, run: Path) -> None:
    (run / name).parent.mkdir(exist_ok=True)
    (run / name).write_text("")
    assert states(verify(run))[name] is State.ADDED


def test_a_journal_that_lost_its_end_is_found(run: Path) -> None:
    lines = (run / FILE_NAME).read_text().splitlines(keepends=True)
    (run / FILE_NAME).write_text("".join(lines[:-1]))
    assert FILE_NAME in {c.name for c in verify(run).problems}


def test_a_changed_line_is_named_by_its_number(run: Path) -> None:
    text = (run / FILE_NAME).read_text()
    (run / FILE_NAME).write_text(text.replace('"since":6.0', '"since":5.0', 1))
    assert "line 7 does not follow" in next(c for c in verify(run).problems if c.name == FILE_NAME).because


def test_findings_that_do_not_follow_from_the_record_are_found_though_every_digest_was_redone(run: Path) -> None:
    path = run / FINDINGS
    path.write_text(path.read_text().replace('"verdict": "PASS"', '"verdict": "FAIL"'))
    manifest.note(run, [FINDINGS], "somebody")
    found = verify(run)
    assert states(found)[FINDINGS] is State.DIFFERENT
    assert states(found)[MANIFEST] is State.OK


def test_reports_written_again_are_verified_and_told_of(tmp_path: Path) -> None:
    folder = judged_run(tmp_path / "run")
    evidence.write_reports(folder)
    found = verify(folder)
    assert found.verified, render(found)
    told = next(c for c in found.checks if c.name == MANIFEST).because
    assert "judged after the run" in told
    assert "drill report" in told


def test_writing_reports_again_does_not_cover_up_changed_findings(tmp_path: Path) -> None:
    folder = judged_run(tmp_path / "run")
    (folder / FINDINGS).write_text((folder / FINDINGS).read_text().replace("PASS", "FAIL"))
    evidence.write_reports(folder)
    assert [c.name for c in verify(folder).problems] == [FINDINGS]


def test_writing_reports_again_does_not_cover_up_a_changed_record(tmp_path: Path) -> None:
    folder = judged_run(tmp_path / "run")
    (folder / AUDIT).write_text((folder / AUDIT).read_text().replace('"w-0": 1', '"w-0": 2'))
    evidence.write_reports(folder)
    assert states(verify(folder))[AUDIT] is State.CHANGED


def test_a_manifest_that_was_changed_is_not_written_on(tmp_path: Path) -> None:
    folder = judged_run(tmp_path / "run")
    (folder / MANIFEST).write_text((folder / MANIFEST).read_text().replace("judged after", "judged before"))
    with pytest.raises(StoreError, match="it was changed"):
        evidence.write_reports(folder)


def test_a_closed_run_that_nobody_judged_is_verified(tmp_path: Path) -> None:
    found = verify(closed_run(tmp_path / "run"))
    assert found.verified, render(found)


def test_a_run_that_was_never_closed_is_not_verified(tmp_path: Path) -> None:
    found = verify(recorded_run(tmp_path / "run"))
    assert not found.verified
    assert "never closed" in next(c for c in found.checks if c.name == FILE_NAME).because


def test_a_run_of_before_there_was_a_chain_is_not_verified_but_made_again(tmp_path: Path) -> None:
    folder = judged_run(tmp_path / "run")
    without_chain(folder)
    found = verify(folder)
    assert not found.verified
    assert set(states(found).values()) == {State.UNSEALED}
    assert "made from the record now" in next(c for c in found.checks if c.name == FINDINGS).because


def without_chain(folder: Path) -> None:
    """Make it a folder as Drill left it behind before journals were chained."""
    lines = [json.loads(line) for line in (folder / FILE_NAME).read_text().splitlines()]
    for line in lines:
        del line["chain"]
        line["data"] = {k: v for k, v in line["data"].items() if k not in ("files", "plan")}
    (folder / FILE_NAME).write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / MANIFEST).unlink()


def test_a_plan_changed_before_the_run_was_sealed_is_found(tmp_path: Path) -> None:
    folder = recorded_run(tmp_path / "run")
    (folder / "plan.json").write_text((folder / "plan.json").read_text() + " ")
    journal = Journal(folder / FILE_NAME, Clock())
    close(journal, "healed after the run died")
    journal.close()
    manifest.begin(folder)
    assert [c.because for c in verify(folder).problems] == ["it is not the plan that was admitted"]


def test_where_there_is_no_run_nothing_is_verified(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no run here"):
        verify(tmp_path)


def test_only_the_key_that_is_named_makes_a_folder_signed(signed: Path, tmp_path: Path) -> None:
    assert verify(signed).signed is Signed.UNCHECKED
    for name in ("key.pem", "key.pub"):
        found = verify(signed, signed.parent / name)
        assert (found.verified, found.signed) == (True, Signed.CHECKED)
    assert not verify(signed, a_key(tmp_path / "other.pem")).verified


def test_a_folder_made_anew_is_consistent_and_only_the_key_tells(tmp_path: Path) -> None:
    key = a_key(tmp_path / "key.pem")
    sign(judged_run(tmp_path / "run"), key)
    shutil.rmtree(tmp_path / "run")
    forged = judged_run(tmp_path / "run", recovered=5.0)
    found = verify(forged)
    assert found.verified
    assert "not signed: who may write the folder could have made all of it anew" in conclusion(found)
    assert not verify(forged, key).verified


@pytest.mark.parametrize("field", ["public_key", "signature"])
def test_a_signature_spelt_otherwise_was_changed(tmp_path: Path, field: str) -> None:
    """The same bytes in capital letters: the signature would hold, and the file is another one."""
    folder = judged_run(tmp_path / "run")
    sign(folder, a_key(tmp_path / "key.pem"))
    path = folder / "signature.json"
    before = json.loads(path.read_text())
    path.write_text(json.dumps({**before, field: before[field].upper()}, indent=2, sort_keys=True) + "\n")
    assert not verify(folder).verified


def test_what_is_written_after_signing_has_to_be_signed_again(tmp_path: Path) -> None:
    folder, key = judged_run(tmp_path / "run"), a_key(tmp_path / "key.pem")
    sign(folder, key)
    evidence.write_reports(folder)
    assert [c.name for c in verify(folder).problems] == [SIGNATURE]
    sign(folder, key)
    assert verify(folder, key).verified


def test_nobody_signs_what_is_not_verified(run: Path, tmp_path: Path) -> None:
    (run / "added").write_text("")
    before = digest(run / SIGNATURE)
    with pytest.raises(StoreError, match="not signed, for it is not verified: 1 added"):
        sign(run, a_key(tmp_path / "key.pem"))
    assert digest(run / SIGNATURE) == before


def test_a_key_that_is_none_is_refused(run: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "key"
    wrong.write_text("secret")
    for key in (wrong, tmp_path / "nowhere"):
        with pytest.raises(ConfigError, match=str(key)):
            verify(run, key)
    with pytest.raises(ConfigError, match="the private half"):
        sign(run, a_key(tmp_path / "k.pem").with_suffix(".pub"))


def test_the_conclusion_is_the_last_line_and_colour_is_only_colour(run: Path) -> None:
    found = verify(run)
    text = render(found, width=200)
    assert text.splitlines()[-1] == conclusion(found)
    coloured = render(found, width=200, colour=True)
    assert "\x1b[1;32mok\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text


def test_the_exit_code_says_whether_it_is_verified(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(run), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verified"] is True
    (run / AUDIT).write_text("{}")
    assert main(["verify", str(run)]) == 1
    assert "CHANGED     audit.json" in capsys.readouterr().out
    assert main(["verify", str(tmp_path)]) == 3


def test_a_run_is_verified_through_the_link_to_the_latest(run: Path) -> None:
    (run.parent / "latest").symlink_to(run.name)
    assert verify(run.parent / "latest").verified
