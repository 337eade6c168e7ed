"""Purging studies: nothing of them is left in the folder but a receipt that names nobody; the rest stays as it was."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pandas as pd
import pytest

import dicommove as dm
from dicommove.errors import QueryError, StoreError
from dicommove.store import purging

YAMADA = "JP-0042"
UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


@pytest.fixture
def two(pacs, data):
    """A folder with the series of two patients, asked for by a query, by a table, and by name; gives its catalogue."""
    of_both = pacs.studies().where(PatientID=[YAMADA, "000123"]).series().where(Modality=["US", "ECG", "SR"])
    assert of_both.move(data, progress=False).outcome == "complete"
    table = pd.DataFrame({"PatientID": [YAMADA, "nobody"], "comment": ["Yamada", "-"]})
    pacs.move(pacs.match(table), data, progress=False)
    pacs.studies().where(PatientName="Yamada^*").move(data, progress=False)
    return dm.Catalog(data)


@pytest.fixture
def secrets(two):
    """What names Yamada's studies, as bytes as they would stand in the journal; gives a function that counts them."""
    mine = two.instances.query("PatientID == @YAMADA")
    texts = {*mine[[*UIDS, "PatientID", "AccessionNumber", "PatientName"]].to_numpy().ravel(), "Yamada"}
    needles = [json.dumps(text)[1:-1].encode() for text in texts if not pd.isna(text)]

    def found(folder) -> list[bytes]:
        held = b"".join(path.read_bytes() for path in (folder / ".dicommove").rglob("*") if path.is_file())
        return [needle for needle in needles if needle in held]

    assert len(needles) == len(found(two.folder)) >= 8
    return found


def test_a_look_removes_nothing_and_says_what_would_go(two, secrets):
    """Without confirm= files and rows stay; counts and what is out of reach are told, nobody is named."""
    looked = two.purge(patient=YAMADA)
    assert (looked.confirmed, looked.instances, looked.files, len(looked.studies), looked.operation) == (False, 2, 2, 2, None)
    assert looked.size_bytes == two.instances.query("PatientID == @YAMADA")["size_bytes"].sum()
    assert looked.rows
    assert len(two.instances) == 3
    assert len(two.purges) == 0
    assert "confirm=True" in repr(looked)
    assert any("backups" in one for one in looked.out_of_reach)
    assert "Yamada" not in repr(looked) + looked._repr_html_()
    assert secrets(two.folder)


def test_nothing_of_the_patient_is_left_in_the_folder(two, secrets):
    """No file, no folder, no byte of a UID, a name, an ID or an accession number in database, free pages and log."""
    done = two.purge(patient=YAMADA, confirm=True, purpose="request 17")
    assert (done.confirmed, done.files, done.instances, done.kept) == (True, 2, 2, ())
    assert secrets(two.folder) == []
    assert [path.name for path in two.folder.rglob("*.dcm")] == [Path(two.instances["path"][0]).name]
    assert {path.name for path in two.folder.iterdir()} == {".dicommove", next(two.folder.rglob("*.dcm")).parts[-3]}
    assert set(two.instances["PatientID"]) == {"000123"}
    assert len(two.verify()) == 0


def test_the_receipt_proves_and_names_nobody(two):
    """When, who, what for, how much, and SHA-256 of the UIDs."""
    studies = two.purge(patient=YAMADA).studies
    operation = two.purge(patient=YAMADA, confirm=True, purpose="request 17").operation
    (receipt,) = two.purges.to_dict("records")
    assert receipt["study_sha256"].split("\\") == sorted(hashlib.sha256(uid.encode()).hexdigest() for uid in studies)
    assert (receipt["operation"], receipt["instances"], receipt["files"], receipt["purpose"]) == (operation, 2, 2, "request 17")
    assert receipt["user"]
    assert list(two.moves["kind"]) == ["move", "move", "move", "purge"]
    assert two.moves["ended_at"].notna().all()


def test_one_study_of_a_patient_leaves_the_other(two):
    """The name stays where it still belongs to somebody who is there."""
    (first, second) = two.purge(patient=YAMADA).studies
    done = two.purge(study=first, confirm=True)
    assert (done.studies, done.files) == ((first,), 1)
    assert set(two.instances.query("PatientID == @YAMADA")["StudyInstanceUID"]) == {second}
    held = (two.folder / ".dicommove" / "journal.sqlite").read_bytes()
    assert first.encode() not in held
    assert second.encode() in held


def test_results_of_before_can_still_be_opened(two):
    """Operations keep their numbers and what was asked for others; one that asked for nothing else is empty."""
    studies = set(two.purge(patient=YAMADA, confirm=True).studies)
    for operation in (1, 2, 3):
        result = dm.reopen(two.folder, operation)
        assert not studies & set(result.requests["StudyInstanceUID"].dropna())
        assert not studies & set(result.ledger["StudyInstanceUID"].dropna())
        assert "Yamada" not in result.report(two.folder.parent / "r.md", private=False).read_text()
        assert repr(result)
        assert str(result.explain())
    assert len(dm.reopen(two.folder, 1).instances) == 1
    assert dm.resume(two.folder).instances.empty


def test_a_purged_study_can_be_moved_again(two, pacs):
    """It is asked for, and comes, as if it had never been there."""
    two.purge(patient=YAMADA, confirm=True)
    again = pacs.studies().where(PatientID=YAMADA).move(two.folder, progress=False)
    assert (again.outcome, len(again.instances)) == ("complete", 2)
    assert set(again.ledger["copies"]) == {1}


def test_what_was_kept_apart_goes_too(demo, data):
    """Other bytes of an instance, and a damaged file, lie in our own folder."""
    pacs = demo(fault="conflict")
    brought = pacs.studies().where(PatientID=YAMADA).move(data, progress=False)
    os.truncate(brought.instances["path"][0], 300)
    pacs.studies().where(PatientID=YAMADA).move(data, progress=False)
    conflicts = data / ".dicommove" / "conflicts"
    assert {path.suffix for path in conflicts.iterdir()} == {".dcm", ".torn"}
    (conflicts / "unrelated.dcm").write_bytes(b"not of this study")
    before = len(list(conflicts.iterdir()))
    assert before > 1
    assert dm.Catalog(data).purge(patient=YAMADA, confirm=True).files == 2 + before - 1
    assert [path.name for path in conflicts.iterdir()] == ["unrelated.dcm"]


def test_a_damaged_journal_that_was_set_aside_goes_too(two, secrets):
    """Nobody can say whom it names."""
    old = two.folder / ".dicommove" / "journal-damaged-1.sqlite"
    old.write_bytes((two.folder / ".dicommove" / "journal.sqlite").read_bytes())
    assert two.purge(patient=YAMADA).journals == 1
    two.purge(patient=YAMADA, confirm=True)
    assert not old.exists()
    assert secrets(two.folder) == []


def test_links_and_other_instances_are_left_and_named(two, tmp_path):
    """What stands under the name of a purged file and is something else stays, outside of the folder above all."""
    mine = two.instances.query("PatientID == @YAMADA")["path"].map(Path).tolist()
    other = Path(two.instances.query("PatientID != @YAMADA")["path"].item())
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    mine[0].unlink()
    mine[0].symlink_to(precious)
    mine[1].write_bytes(other.read_bytes())
    done = two.purge(patient=YAMADA, confirm=True)
    assert (done.files, len(done.kept)) == (0, 2)
    assert precious.read_bytes() == b"mine"
    assert other.exists()
    assert "Not removed" in repr(done)


def test_it_is_refused_while_a_move_into_the_folder_runs(two, demo, secrets, until):
    """Nothing is removed then; afterwards it goes on."""
    slow = demo(fault="slow:0.5")
    operation = slow.studies().where(PatientID="000123").series().where(Modality="MR").start_move(two.folder)
    until(operation, lambda now: now.received)
    with pytest.raises(StoreError, match="under way"):
        two.purge(patient=YAMADA, confirm=True)
    assert secrets(two.folder)
    operation.cancel()
    operation.result(60)
    assert two.purge(patient=YAMADA, confirm=True).files == 2
    assert secrets(two.folder) == []


@pytest.mark.parametrize("step", ["remove_files", "delete", "set_aside", "scour", "note"])
def test_a_purge_that_broke_off_is_finished_by_the_next(two, secrets, monkeypatch, step):
    """Whatever step its process dies in, before or after it, running it again leaves nothing, and one receipt of all."""
    with monkeypatch.context() as broken:

        def dies(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        broken.setattr(purging, step, dies)
        if step == "set_aside":  # used for the look as well
            broken.setattr(purging._Work, "_clear", dies)
            broken.setattr(purging, step, lambda _: [])
        with pytest.raises(KeyboardInterrupt):
            two.purge(patient=YAMADA, confirm=True)
    two.purge(patient=YAMADA, confirm=True)
    assert secrets(two.folder) == []
    assert not two.purge(patient=YAMADA)
    assert two.purges["instances"].tolist() == [2]
    assert two.moves["ended_at"].notna().all()
    assert [row["PatientID"] for row in two.instances.to_dict("records")] == ["000123"]


def test_a_killed_purge_is_finished_by_the_next(two, secrets):
    """A kill -9 between files and rows: what is gone stays gone, and the rest goes."""
    program = f"""
        import os, signal, dicommove as dm
        from dicommove.store import purging
        purging.delete = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        dm.Catalog({str(two.folder)!r}).purge(patient={YAMADA!r}, confirm=True)
        """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(two.folder.rglob("*.dcm"))) == 1
    assert secrets(two.folder)
    done = two.purge(patient=YAMADA, confirm=True)
    assert (done.instances, done.files) == (2, 0)
    assert secrets(two.folder) == []


def test_what_is_not_there_is_said_and_leaves_no_receipt(two):
    """A mistyped UID removes nothing."""
    done = two.purge(study="1.2.3", confirm=True)
    assert not done
    assert "nothing of this" in repr(done)
    assert two.purges.empty
    assert len(two.instances) == 3


@pytest.mark.parametrize("nothing", [{}, {"study": ""}, {"patient": [" "]}])
def test_a_purge_of_nothing_named_is_refused(two, nothing):
    """An empty variable never means everything."""
    with pytest.raises(QueryError, match="say what to purge"):
        two.purge(**nothing, confirm=True)


def test_the_audit_trail_has_a_line_before_and_one_after(two, tmp_path, monkeypatch):
    """Digests and numbers; a look leaves none."""
    trail = tmp_path / "audit.log"
    site = tmp_path / "site.toml"
    site.write_text(f'audit = "{trail}"\n')
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(site))
    two.purge(patient=YAMADA)
    assert not trail.exists()
    two.purge(patient=YAMADA, confirm=True)
    before, after = (json.loads(line) for line in trail.read_text().splitlines())
    assert (before["event"], before["studies"], len(before["study_sha256"])) == ("purge", 2, 2)
    assert (after["event"], after["files"], after["operation"]) == ("purged", 2, two.purges["operation"][0])
    assert YAMADA not in trail.read_text()
