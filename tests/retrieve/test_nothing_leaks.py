"""What must not get out: a patient's name and ID into logs, texts, panels, reports and audit, and secrets into anything."""

from __future__ import annotations

import io
import logging
import os
import pickle
import stat
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace

import pydicom
import pytest
from pynetdicom import AE

import dicommove as dm
from dicommove import named
from dicommove.cli.command_line import main

NAME, ID, SECRET = "ZWETSCHGE^QUENDOLINE", "QX-4711-77", "s3cr3t-Zwiebelkuchen"


@pytest.fixture(autouse=True)
def configuration(tmp_path, monkeypatch):
    """A configuration of our own, and the secret where it belongs."""
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(tmp_path / "own.toml"))
    monkeypatch.setattr(named, "site_config_path", lambda *_, **__: tmp_path)
    monkeypatch.setenv("THE_PASSCODE", SECRET)


@pytest.fixture
def files(bundled_folder, tmp_path):
    """Instances of one series of the patient."""
    folder = tmp_path / "archive"
    folder.mkdir()
    for number in range(6):
        ds = pydicom.dcmread(bundled_folder / "test_files" / "CT_small.dcm")
        ds.PatientName, ds.PatientID, ds.AccessionNumber = NAME, ID, ID
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.77.{number + 1}"
        ds.save_as(folder / f"{number}.dcm")
    return folder


class Everything:
    """All that is said: what was printed, logged, warned of and raised, and the texts and HTML of what was shown."""

    def __init__(self, caplog, level):
        self.pieces = []
        self._caplog = caplog
        self._level = level
        self._printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)

    def __enter__(self):
        self._caplog.set_level(self._level)
        self._outputs = redirect_stdout(self._printed), redirect_stderr(self._printed)
        for one in self._outputs:
            one.__enter__()
        return self

    def __exit__(self, *error):
        for one in reversed(self._outputs):
            one.__exit__(*error)
        printed = self._printed.buffer.getvalue().decode()
        self.pieces += [printed, *(f"{one.getMessage()} {one.exc_text}" for one in self._caplog.records)]

    def show(self, *shown):
        """Take down text and HTML of values."""
        for one in shown:
            self.pieces += [repr(one), str(one), getattr(one, "_repr_html_", str)()]

    def raised(self, kind, call, *arguments, but=(), **options):
        """Call, and take down what is raised, with all that led to it and its attributes (but for those named)."""
        with pytest.raises(kind) as caught:
            call(*arguments, **options)
        error = caught.value
        while error is not None:
            self.pieces += [str(error), repr(error), repr({key: value for key, value in vars(error).items() if key not in but})]
            error = error.__cause__ or error.__context__

    def files(self, *paths):
        """Take down names and contents of files, except of DICOM's own."""
        for path in (inner for outer in paths for inner in ([outer] if outer.is_file() else outer.rglob("*"))):
            self.pieces.append(str(path))
            if path.is_file() and path.suffix != ".dcm":
                self.pieces.append(path.read_bytes().decode("latin-1"))

    def holding(self, *words):
        """Pieces that hold one of the words."""
        return [piece[:300] for piece in self.pieces if any(word in piece for word in words)]


def _shown_results(seen, result):
    seen.show(result, result.plan, result.explain())
    for name in ("move.md", "move.json"):
        result.report(result.folder.parent / name)
        seen.files(result.folder.parent / name)


@pytest.mark.parametrize("fault", [None, "drop:2", "refuse", "abort:3", "conflict", "unknown-destination"])
def test_no_patient_gets_into_what_is_said(files, tmp_path, caplog, fault):
    """Moves by name and ID that succeed and fail: logs at INFO, texts, HTML, exceptions, reports, audit, names of files."""
    with Everything(caplog, logging.INFO) as seen, dm.demo(data=files, fault=fault) as demo:
        pacs = replace(demo, audit=str(tmp_path / "audit.log"))
        for keys in ({"PatientName": NAME}, {"PatientID": ID}):
            query = pacs.studies().where(**keys)
            operation = query.start_move(tmp_path / "data", stragglers=0.2)
            result = operation.result(timeout=60)
            seen.show(operation.plan, operation, operation.progress, *operation.progress.events, result, result.explain())
            for name in ("move.md", "move.json"):
                result.report(tmp_path / name)
                seen.files(tmp_path / name)
        if result.outcome != "complete":
            seen.raised(dm.MoveFailed, result.raise_for_outcome, but=("result",))
        seen.show(dm.Catalog(tmp_path / "data"), dm.reopen(tmp_path / "data"))
        seen.files(tmp_path / "audit.log")
    seen.pieces += [str(path) for path in (tmp_path / "data").rglob("*")]
    assert len(seen.pieces) > 30
    assert not seen.holding("ZWETSCHGE", "QUENDOLINE", ID)


def test_no_patient_gets_into_what_is_refused(files, tmp_path, caplog):
    """Guards, answers that cannot be verified, a folder that cannot be written, strangers, checks: their texts name nobody."""
    with Everything(caplog, logging.INFO) as seen, dm.demo(data=files) as pacs:
        query = pacs.studies().where(PatientName=NAME, PatientID=ID)
        (tmp_path / "file").write_text("")
        seen.raised(dm.StoreError, query.move, tmp_path / "file", progress=False)
        seen.raised(dm.MoveTooLarge, replace(pacs, limit_instances=1).studies().where(PatientID=ID).move, tmp_path / "data")
        seen.raised(dm.QueryError, query.move, tmp_path / "data", layout="{row.PatientName}")
        seen.raised(dm.PeerUnreachable, replace(pacs, port=1).studies().where(PatientName=NAME, PatientID=ID).count)
        (study,) = pacs.studies().where(PatientID=ID).find(progress=False)["StudyInstanceUID"]
        seen.show(pacs, pacs.check(study=study), pacs.registration())
        with pacs.listening(minutes=1) as port:
            _send(pacs, port.port, files / "0.dcm")
            seen.show(port, *port.seen)
        for call in (["find"], ["move", "--to", str(tmp_path / "shell")]):
            main(
                [*call, "--peer", f"DEMO@127.0.0.1:{pacs.port}", "--where", f"PatientID={ID}x", "--where", f"PatientName={NAME}"]
            )
    assert len(seen.pieces) > 20
    assert not seen.holding("ZWETSCHGE", "QUENDOLINE", ID)


def _send(pacs, port, path):
    """Send what nobody asked for, as a stranger does."""
    stranger = AE("STRANGER")
    ds = pydicom.dcmread(path)
    stranger.add_requested_context(ds.SOPClassUID, ds.file_meta.TransferSyntaxUID)
    association = stranger.associate("127.0.0.1", port, ae_title=pacs.listener_ae_title)
    assert association.send_c_store(ds).Status == 0x0124
    association.release()


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_what_is_kept_is_its_users_alone(files, tmp_path):
    """Folders 0700 and files 0600 whatever the umask, journal and report of a catalogue included; told otherwise, the umask."""
    before = os.umask(0o022)
    try:
        with dm.demo(data=files) as pacs:
            query = pacs.studies().where(PatientID=ID)
            query.move(tmp_path / "own", progress=False)
            query.move(tmp_path / "shared", private=False, progress=False)
    finally:
        os.umask(before)
    assert _modes(tmp_path / "own") == ({0o700}, {0o600})
    folders, kept = _modes(tmp_path / "shared")
    assert folders == {0o755}
    assert kept <= {0o644, 0o600}, "a lock file is its maker's"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "shared").rglob("*.dcm")} == {0o644}


def _modes(folder):
    everything = [folder, *folder.rglob("*")]
    modes = [(path.is_dir(), stat.S_IMODE(path.lstat().st_mode)) for path in everything]
    return {mode for is_folder, mode in modes if is_folder}, {mode for is_folder, mode in modes if not is_folder}


def test_no_secret_gets_into_anything(files, tmp_path, caplog):
    """The passcode goes to the archive alone: not into reprs, pickles, logs at DEBUG, journal, report, audit or a new process."""
    identity = dm.Identity("meier", passcode="env:THE_PASSCODE")
    with Everything(caplog, logging.DEBUG) as seen, dm.demo(data=files) as demo:
        pacs = replace(demo, identity=identity, audit=str(tmp_path / "audit.log"))
        result = pacs.studies().where(PatientID=ID).move(tmp_path / "data", progress=False)
        seen.show(pacs, identity, result, result.plan, result.explain(), pacs.check(), pacs.registration())
        for name in ("move.md", "move.json"):
            result.report(tmp_path / name, private=False)
        seen.pieces += [pickle.dumps(one).decode("latin-1") for one in (pacs, identity, pacs.studies())]
        seen.raised(dm.PeerUnreachable, replace(pacs, port=1).echo)
        seen.raised(dm.StoreError, dm.resume, tmp_path / "data")
        seen.files(tmp_path / "data" / ".dicommove", tmp_path / "audit.log", tmp_path / "move.md", tmp_path / "move.json")
    assert result.outcome == "complete"
    assert any("A-ASSOCIATE-RQ" in piece for piece in seen.pieces), "DEBUG was on"
    assert not seen.holding(SECRET)


def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path, caplog, monkeypatch):
    """Given as itself, or by a function that fails with it: the refusal does not quote it."""
    monkeypatch.setitem(sys.modules, "leaky", _Leaky())
    (tmp_path / "own.toml").write_text(
        f'[peers.a]\nhost = "h"\nport = 104\nidentity = {{ user = "meier", passcode = "{SECRET}" }}\n'
        f'[peers.b]\nhost = "h"\nport = 104\ntls = {{ certificate_file = "c", passphrase = "{SECRET}" }}\n',
        encoding="utf-8",
    )
    with Everything(caplog, logging.DEBUG) as seen:
        seen.raised(dm.EntityError, dm.Identity, "meier", passcode=SECRET)
        seen.raised(dm.EntityError, dm.TLS, certificate_file="c", passphrase=SECRET)
        seen.raised(dm.EntityError, dm.Identity("meier", passcode="leaky:fails").secret)
        seen.raised(dm.EntityError, dm.Identity("meier", passcode="leaky:nothing").secret)
        for name in ("a", "b"):
            seen.raised(dm.EntityError, dm.Peer.named, name)
        assert main(["peers"]) != 0, "what cannot be used is told"
        assert main(["find", "--peer", "a", "--where", "PatientID=1"]) != 0
    assert not seen.holding(SECRET)


class _Leaky:
    """A module whose functions do what they must not."""

    @staticmethod
    def fails():
        """Fail with the secret in the text."""
        raise RuntimeError(SECRET)

    @staticmethod
    def nothing():
        """Return the secret as something else than text."""
        return [SECRET]
