"""``movescu`` on the demo archive: every level of every model, third parties, and everything that it can be told to do wrong."""

from __future__ import annotations

import pytest
from pydicom import dcmread
from pynetdicom import AE, StoragePresentationContexts, evt

from dicommove.cli import main
from dicommove.demo_archive import DemoArchive

from .movescu_programs import free_port

KEYS = {"PATIENT": "PatientID", "STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}
MODELS = {"-P": ("PATIENT", "STUDY", "SERIES", "IMAGE"), "-S": ("STUDY", "SERIES", "IMAGE"), "-O": ("PATIENT", "STUDY")}
PATIENT = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=000123")


@pytest.fixture
def run(tmp_path, capsys):
    """Run it in this process against a demo archive with a fault: exit code, lines, instances by file name."""

    def called(fault, *arguments, keeper=None):
        port = free_port()
        folder = tmp_path / f"run-{len(list(tmp_path.glob('run-*')))}"
        folder.mkdir()
        with DemoArchive(fault=fault) as archive:
            archive.register("STORESCP", "127.0.0.1", port)
            if keeper:
                archive.register("KEEPER", *keeper)
            own = ("127.0.0.1", archive.port, "-aec", "DEMO", "--store", "--store-port", port, "-od", folder)
            code = main(["movescu", *map(str, own), *arguments])
        received = [dcmread(path, stop_before_pixels=True) for path in sorted(folder.iterdir())] if folder.is_dir() else []
        return code, capsys.readouterr().err.splitlines(), received

    return called


def test_every_level_of_every_model(run):
    """What is asked for and nothing else, from the patient down to one image."""
    code, _, all_of_it = run(None, *PATIENT)
    assert (code, len(all_of_it)) == (0, 130)
    one = all_of_it[70]
    for model, levels in MODELS.items():
        for level in levels:
            above = list(KEYS)[model == "-S" : list(KEYS).index(level) + 1]
            keys = [part for each in above for part in ("-k", f"{KEYS[each]}={one[KEYS[each]].value}")]
            code, said, received = run(None, model, "-k", f"QueryRetrieveLevel={level}", *keys)
            if model == "-O" and code == 1:
                assert any("No presentation context for 'Patient/Study Only" in line for line in said)
                continue
            expected = {each.SOPInstanceUID for each in all_of_it if each[KEYS[level]].value == one[KEYS[level]].value}
            assert (code, {each.SOPInstanceUID for each in received}) == (0, expected), (model, level)


@pytest.mark.parametrize(
    ("fault", "code", "least"),
    [
        ("drop:3", 3, 127),
        ("refuse", 4, 0),
        ("unknown-destination", 4, 0),
        ("abort:5", 4, 5),
        ("lie", 3, 0),
        ("late:0.2", 0, 130),
        ("duplicate", 0, 130),
        ("unexpected", 3, 130),
        ("nearline:0.2", 0, 130),
        ("slow:0.001", 0, 130),
    ],
)
def test_every_fault_is_told_by_the_exit_code(run, fault, code, least):
    """Never 0 where something is missing, was refused or was not asked for; what came is there."""
    ended, said, received = run(fault, *PATIENT)
    assert (ended, len(received) >= least) == (code, True), said[-8:]


def test_a_third_party_gets_it(run):
    """With and without a Storage SCP of our own; an unknown one is 4, no match 5."""
    kept = []
    ae = AE("KEEPER")
    ae.supported_contexts = StoragePresentationContexts
    keep = (evt.EVT_C_STORE, lambda event: kept.append(event.request.AffectedSOPInstanceUID) or 0)
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[keep])
    try:
        # 3: with --store the instances are expected here, and none comes
        code, said, received = run(None, *PATIENT, "-aem", "KEEPER", keeper=server.server_address)
    finally:
        server.shutdown()
    assert (code, len(set(kept)), received) == (3, 130, [])
    assert said[-1] == "W: 0 SOP Instances arrived where the archive reports 130"
    assert run(None, *PATIENT, "-aem", "NOBODY")[0] == 4
    assert run(None, "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=NOBODY")[0] == 5
