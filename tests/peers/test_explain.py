"""On real archives outcome, ledger and the first cause are the right ones: every situation that each answers in its own way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from pydicom import dcmread

import dicommove as dm

from .archives import Dcmqrscp, Orthanc, RealFile
from .qrscp import Qrscp

pytestmark = pytest.mark.peer

JPEG, HTJ2K, PRIVATE = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.201", "1.2.826.0.1.3680043.8.498.9.1"
STUDY, PRIVATE_STUDY = "1.2.826.0.1.3680043.8.498.11", "1.2.826.0.1.3680043.8.498.12"


@pytest.fixture(scope="module")
def study(bundled_folder, tmp_path_factory):
    """Write a study of real CT images that differ in UID and number; of another SOP Class when told so."""
    folder = tmp_path_factory.mktemp("study")

    def write(images: int = 3, uid: str = STUDY, sop_class: str | None = None) -> list[RealFile]:
        return [RealFile(_image(bundled_folder, folder, f"{uid}.{number}", uid, sop_class)) for number in range(1, images + 1)]

    return write


def _image(source, folder, uid, study, sop_class):
    data_set = dcmread(source / "test_files" / "CT_small.dcm")
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID, data_set.SOPInstanceUID = study, f"{study}.0", uid
    data_set.InstanceNumber = uid.rpartition(".")[2]
    data_set.SOPClassUID = sop_class or data_set.SOPClassUID
    data_set.file_meta.MediaStorageSOPClassUID, data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPClassUID, uid
    data_set.save_as(folder / f"{uid}.dcm")
    return folder / f"{uid}.dcm"


@pytest.fixture(scope="module")
def server(request, study, require, tmp_path_factory):
    """The archive that the test names, with a study of three images; the same for all tests that name it."""
    folder = tmp_path_factory.mktemp(request.param)
    made = {
        "orthanc": lambda: Orthanc(folder, require("Orthanc")),
        "dcmqrscp": lambda: Dcmqrscp(folder, require("dcmqrscp"), require("dcmqridx")),
        "qrscp": lambda: Qrscp(folder),
    }
    with made[request.param]() as archive:
        archive.load([*study(), *(study(1, PRIVATE_STUDY, PRIVATE) if request.param != "qrscp" else ())])
        yield archive


@pytest.fixture
def move(server, free_port, tmp_path):
    """Register NOTEBOOK, move the study, and return the result; ``registered=-1`` registers nobody."""

    def run(title="NOTEBOOK", study=STUDY, registered=0, **how):
        port, options = free_port(), {key: how.pop(key) for key in ("destination", "layout") if key in how}
        if registered >= 0:
            server.register("NOTEBOOK", registered or port)
        listener = dm.Listener(port=port, **how)
        pacs = dm.Peer(server.host, server.port, ae_title=server.ae_title, calling_ae_title=title, listener=listener)
        return pacs.move(study, tmp_path / "data", stragglers=0.2, **options)

    return run


def _blocked(name, **how):
    """A file in the way of a folder: what belongs there is answered 0xA700."""

    def scene(move, tmp_path, **_):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / name).write_text("")
        return move(**how)

    return scene


def _deleted(move, **_):
    """What was found and is gone when it is asked for: the same plan with a study that is not there."""
    result = move()
    plan = result.plan
    gone = replace(plan.requests[0], number=1, study="1.2.3.4.5", expected=3, expected_by="counts", present=0)
    return replace(plan, requests=(gone,), instances=(), folder=plan.folder.parent / "other").move()


SCENES = {
    "all is well": lambda move, **_: move(),
    "not registered": lambda move, **_: move("STRANGER", registered=-1),
    "registered with another port": lambda move, free_port, **_: move(registered=free_port()),
    "a third party that is down": lambda move, free_port, **_: move("OTHER", registered=free_port(), destination="NOTEBOOK"),
    "an AE title in small letters": lambda move, **_: move("notebook"),
    "a transfer syntax that we do not take": lambda move, **_: move(transfer_syntaxes=(JPEG,)),
    "a folder that we cannot write": _blocked("taken", layout="taken/{instance}.dcm"),
    "one image that we cannot write": _blocked("2", layout="{InstanceNumber}/{instance}.dcm"),
    "a private SOP Class": lambda move, **_: move(study=PRIVATE_STUDY),
    "nothing matches": lambda move, **_: move(study="1.2.3.4.5"),
    "deleted since it was found": _deleted,
}
"""What is brought about, by its name: with our AE title registered, and a study of three images, unless said otherwise."""

ALL = {"received": 3}
NONE = {"missing": 3}
FAILED = {"failed": 3}
ELSEWHERE = {"not_observed": 3}

# situation: for Orthanc, dcmqrscp and pynetdicom's qrscp (outcome, states of the ledger, first cause);
# None where there is nothing to explain, or where the archive cannot be brought into the situation.
TABLE = {
    "all is well": [("complete", ALL, None)] * 3,
    "not registered": [
        ("refused", NONE, "never_connected"),
        ("refused", NONE, "unknown_destination"),
        ("refused", NONE, "unknown_or_unreachable"),
    ],
    "registered with another port": [
        ("refused", NONE, "never_connected"),
        ("refused", FAILED, "no_way_back"),
        ("refused", NONE, "unknown_or_unreachable"),  # it answers 0xA801 all the same
    ],
    "a third party that is down": [
        ("refused", ELSEWHERE, "destination_refused"),
        ("refused", ELSEWHERE, "destination_unreachable"),
        ("refused", ELSEWHERE, "unknown_or_unreachable"),
    ],
    "an AE title in small letters": [
        ("refused", NONE, "ae_title"),
        ("refused", NONE, "unknown_destination"),
        ("refused", NONE, "unknown_or_unreachable"),
    ],
    "a transfer syntax that we do not take": [
        ("refused", NONE, "context_refused"),
        ("refused", FAILED, "context_refused"),
        ("refused", NONE, "context_refused"),
    ],
    "a folder that we cannot write": [
        ("refused", {"refused": 1, "missing": 2}, "our_disk"),
        ("refused", {"refused": 3}, "our_disk"),
        ("refused", {"refused": 3}, "our_disk"),
    ],
    "one image that we cannot write": [
        ("partial", None, "our_disk"),  # Orthanc stops there; how many came before depends on its order
        ("partial", {"received": 2, "refused": 1}, "our_disk"),
        ("partial", {"received": 2, "refused": 1}, "our_disk"),
    ],
    "a private SOP Class": [("complete", {"received": 1}, None), ("complete", {"received": 1}, None), None],
    "nothing matches": [("no_match", {}, "nothing_matched")] * 3,
    "deleted since it was found": [
        ("refused", {}, "vanished"),
        ("partial", {}, "vanished"),
        ("partial", {}, "vanished"),
    ],
}
ARCHIVES = ("orthanc", "dcmqrscp", "qrscp")
CASES = [
    pytest.param(name, archive, every[place], id=f"{name}, {archive}")
    for place, archive in enumerate(ARCHIVES)
    for name, every in TABLE.items()
    if every[place] is not None
]


def test_every_situation_is_in_the_table():
    """What can be brought about is explained."""
    assert set(TABLE) == set(SCENES)


@pytest.mark.parametrize(("name", "server", "wanted"), CASES, indirect=["server"])
def test_outcome_ledger_and_first_cause(name, wanted, move, free_port, tmp_path):
    """Each situation on each archive; the text for the administrator is there where they have something to do, and names us."""
    result = SCENES[name](move=move, free_port=free_port, tmp_path=tmp_path)
    explained = result.explain()
    outcome, states, first = wanted
    found = dict(Counter(result.ledger["state"]))
    assert (result.outcome, found) == (outcome, found if states is None else states)
    assert (explained.causes[0].name if explained.causes else None) == first, explained
    assert bool(explained.letter) == any(cause.mail for cause in explained.causes)
    assert not explained.letter or _names_the_way_back(explained.letter, result)


def _names_the_way_back(letter: str, result: dm.MoveResult) -> bool:
    """AE title; of our own listener also the address that leads from the archive to us, and the port."""
    remote, destination = result.plan.remote, result.plan.options.destination
    ours = ("127.0.0.1", str(remote.listener.port)) if destination is None else ()
    return all(text in letter for text in (destination or remote.listener_ae_title, *ours))


def test_an_object_that_the_archive_cannot_send_stops_it(orthanc, real_files, free_port, tmp_path):
    """A transfer syntax that Orthanc 1.10 stores and cannot send: the way back works, so the first cause is the object."""
    server, port = orthanc(), free_port()
    data_set = dcmread(next(file.path for file in real_files if file.path.name == "693_J2KI.dcm"))
    data_set.file_meta.TransferSyntaxUID = HTJ2K
    data_set.save_as(tmp_path / "poison.dcm")
    (loaded,) = server.load([RealFile(tmp_path / "poison.dcm")])
    server.register("NOTEBOOK", port)
    listener = dm.Listener(port=port)
    pacs = dm.Peer(server.host, server.port, ae_title=server.ae_title, calling_ae_title="NOTEBOOK", listener=listener)
    result = pacs.move(loaded.StudyInstanceUID, tmp_path / "data", stragglers=0.2)
    assert result.explain().causes[0].name == "stopped", result.explain()
