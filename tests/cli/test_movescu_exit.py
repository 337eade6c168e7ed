"""Exit codes that tell the truth, and those of the original for scripts that need them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydicom.dataset import Dataset

from dicommove.cli.movescu.guard import objection
from dicommove.cli.movescu.verdict import Ending, ExitCode, verdict
from dicommove.demo_archive import DemoArchive
from dicommove.net import MoveResponse
from dicommove.terms import InformationModel

from .movescu_programs import instance, run_script

PATIENT = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=000123")
P1 = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P1")


def response(status=0, **counts):
    """A final response."""
    return MoveResponse(status, datetime(2024, 1, 31, tzinfo=UTC), **counts)


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (Ending(response(completed=3)), ExitCode.COMPLETE),
        (Ending(response(completed=2, warning=1)), ExitCode.COMPLETE),
        (Ending(response(remaining=0, completed=3, failed=0, warning=0), storing=True, arrived=3), ExitCode.COMPLETE),
        (Ending(response(), storing=True, arrived=3), ExitCode.COMPLETE),
        (Ending(response()), ExitCode.COMPLETE),
        (Ending(response(completed=3), storing=True, arrived=2), ExitCode.PARTIAL),
        (Ending(response(completed=3), storing=True, arrived=4), ExitCode.PARTIAL),
        (Ending(response(completed=3, failed=1)), ExitCode.PARTIAL),
        (Ending(response(completed=3, remaining=1)), ExitCode.PARTIAL),
        (Ending(response(completed=3), storing=True, arrived=3, strangers=1), ExitCode.PARTIAL),
        (Ending(response(completed=0), storing=True, refused=1), ExitCode.PARTIAL),
        (Ending(response(completed=1), storing=True, arrived=1, refused=1), ExitCode.COMPLETE),
        (Ending(response(0xB000, completed=3, failed=1)), ExitCode.PARTIAL),
        (Ending(response(0xB000)), ExitCode.PARTIAL),
        (Ending(response(0xA702, completed=3, failed=1)), ExitCode.PARTIAL),
        (Ending(response(0xC000, completed=0), storing=True, arrived=1), ExitCode.PARTIAL),
        (Ending(response(0xA801)), ExitCode.FAILED),
        (Ending(response(0xC000, completed=0, failed=0), storing=True), ExitCode.FAILED),
        (Ending(response(0x1234)), ExitCode.FAILED),
        (Ending(response(0xB000, completed=0, failed=4)), ExitCode.FAILED),
        (Ending(response(completed=0, failed=4)), ExitCode.FAILED),
        (Ending(None), ExitCode.FAILED),
        (Ending(None, storing=True, arrived=3), ExitCode.FAILED),
        (Ending(response(completed=0, failed=0, warning=0)), ExitCode.NOTHING),
        (Ending(response(completed=0), storing=True), ExitCode.NOTHING),
        (Ending(response(), storing=True), ExitCode.NOTHING),
        (Ending(response(0xFE00, completed=1)), ExitCode.CANCELLED),
        (Ending(response(completed=3), interrupted=True), ExitCode.CANCELLED),
        (Ending(None, interrupted=True), ExitCode.CANCELLED),
    ],
)
def test_the_verdict_is_a_table(ending, code):
    """What was reported and what arrived, to one number."""
    assert verdict(ending)[0] is code


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (None, 0, "I: Move SCP Result: 0x0000 (Success)"),
        ("drop:3", 3, "W: 127 SOP Instances arrived where the archive reports 130"),
        ("late:0.3", 0, "I: Move SCP Result: 0x0000 (Success)"),
        ("lie", 3, "I: Move SCP Result: 0xB000 (Warning)"),
        ("abort:3", 4, "I: Association Aborted"),
        ("refuse", 4, "I: Move SCP Result: 0xA702 (Failure)"),
        ("unexpected", 3, None),
        ("duplicate", 0, "W: DICOM file already exists, overwriting"),
        ("conflict", 0, None),
    ],
)
def test_a_faulty_archive_is_seen_through(movescu, free_port, fault, code, said):
    """Whatever the archive says: 0 only when all of it is here. --compat says 0 to all of it, as the original does."""
    with DemoArchive(fault=fault) as archive:
        archive.register("STORESCP", "127.0.0.1", free_port)
        arguments = ("127.0.0.1", archive.port, "-aec", "DEMO", "--store", "--store-port", free_port, *PATIENT)
        ran = movescu(*arguments)
    assert ran.code == code, ran.err[-2000:]
    assert said is None or said in ran.lines


@pytest.mark.parametrize(
    ("arguments", "code", "before"),
    [
        (PATIENT, 0, 0),
        (("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=NONE"), 5, 0),
        (("-aem", "NOBODY", *PATIENT), 4, 0),
        (("-aec", "OTHER", *PATIENT), 1, 1),
        (("-k", "Nothing="), 2, 1),
        (("-f", "none.dcm"), 2, 1),
        (("-td", "soon", *PATIENT), 2, 2),
    ],
)
def test_compat_gives_the_codes_of_the_original(both, demo, movescu, arguments, code, before):
    """By option and by environment; without either, those that tell more."""
    theirs, ours = both(*demo.storing, *arguments)
    assert (theirs.code, ours.code) == (before, code)
    assert movescu(*demo.storing, *arguments, "--compat").code == before
    assert movescu(*demo.storing, *arguments, DICOMMOVE_COMPAT="1").code == before


def test_an_instance_that_was_not_asked_for_is_no_success(movescu, archive_that):
    """Kept, for somebody sent it; but 3, with a line that says so."""

    def handle(_):
        yield archive_that.destination
        yield 2
        yield 0xFF00, instance("1.2.3.1")
        yield 0xFF00, instance("1.2.3.2", PatientID="OTHER")

    ran = movescu(*archive_that(handle), *archive_that.storing, *P1)
    assert ran.code == 3
    assert set(ran.files) == {"CT.1.2.3.1", "CT.1.2.3.2"}
    assert "W: 1 SOP Instances arrived that were not asked for" in ran.lines


def test_a_full_disk_is_told_to_the_archive(archive_that, tmp_path):
    """0xA700, so that the archive counts it as failed, and a line that says why."""

    def handle(_):
        yield archive_that.destination
        yield 1
        yield 0xFF00, instance(PixelData=bytes(100_000), BitsAllocated=16, Rows=1, Columns=1)

    limited = tmp_path / "limited.py"
    limited.write_text(
        "import resource, sys\nresource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from dicommove.cli import main\nsys.exit(main(sys.argv[1:]))\n"
    )
    ran = run_script(limited, ["movescu", *archive_that(handle), *archive_that.storing, *P1], tmp_path / "there")
    assert ran.code == 4
    assert ran.files == {}
    assert any(line.startswith("E: An instance was not stored: data folder ") for line in ran.lines)


@pytest.mark.parametrize(
    ("keys", "model", "said"),
    [
        ({"PatientID": "P1"}, "PATIENT_ROOT", "QueryRetrieveLevel is missing"),
        ({"QueryRetrieveLevel": "FRAME"}, "PATIENT_ROOT", "QueryRetrieveLevel is missing"),
        ({"QueryRetrieveLevel": "PATIENT", "PatientName": ""}, "PATIENT_ROOT", "PatientID: "),
        ({"QueryRetrieveLevel": "PATIENT", "PatientID": "*"}, "PATIENT_ROOT", "PatientID: "),
        ({"QueryRetrieveLevel": "PATIENT", "PatientID": "P1"}, "STUDY_ROOT", "PATIENT is no level of study root"),
        ({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": "1.2"}, "PATIENT_ROOT", "PatientID: "),
        ({"QueryRetrieveLevel": "SERIES", "SeriesInstanceUID": "1.2"}, "STUDY_ROOT", "StudyInstanceUID: "),
        (
            {"QueryRetrieveLevel": "IMAGE", "SOPInstanceUID": ["1.2", ""]},
            "STUDY_ROOT",
            "StudyInstanceUID, SeriesInstanceUID, SOP",
        ),
        ({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": ["1.2", "1.3"]}, "STUDY_ROOT", None),
        ({"QueryRetrieveLevel": "PATIENT", "PatientID": "P1"}, "PATIENT_STUDY_ONLY", None),
    ],
)
def test_what_names_too_little_is_named(keys, model, said):
    """The unique key of each level of the model, down to the one that is asked for."""
    identifier = Dataset()
    for keyword, value in keys.items():
        setattr(identifier, keyword, value)
    found = objection(identifier, InformationModel[model])
    assert found is None if said is None else found.startswith(said)


def test_relational_retrieval_needs_the_key_of_its_level_only():
    """PS3.4 C.4.2.2.2."""
    identifier = Dataset()
    identifier.QueryRetrieveLevel, identifier.SeriesInstanceUID = "SERIES", "1.2"
    assert objection(identifier, InformationModel.STUDY_ROOT, relational=True) is None
