"""On real archives the first cause named is the right one: every situation that each answers in its own way."""

from __future__ import annotations

import pytest
from pydicom import dcmread

import dicommove as dm

from .archives import RealFile

pytestmark = pytest.mark.peer

NATIVE, JPEG, HTJ2K = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.201"
FIRST = {
    # situation: (on Orthanc, on dcmqrscp); Orthanc answers 0xC000 to all of them but the last two
    "not registered": ("never_connected", "unknown_destination"),
    "registered with another port": ("never_connected", "no_way_back"),
    "a third party that is down": ("destination_refused", "destination_unreachable"),
    "an AE title in small letters": ("ae_title", "unknown_destination"),
    "a transfer syntax that we do not take": ("context_refused", "context_refused"),
    "a folder that we cannot write": ("our_disk", "our_disk"),
    "nothing matches": ("nothing_matched", "nothing_matched"),
    "all is well": (None, None),
}


@pytest.fixture
def scene(archive, real_files, free_port, tmp_path):
    """Make a situation come true on an archive, move, and return the result."""
    server = archive()
    native = next(file for file in server.load(real_files) if file.syntax == NATIVE)

    def peer(port: int, title: str = "NOTEBOOK", **how) -> dm.Peer:
        listener = dm.Listener(port=port, **how)
        return dm.Peer(server.host, server.port, ae_title=server.ae_title, calling_ae_title=title, listener=listener)

    def move(title: str = "NOTEBOOK", study: str = native.StudyInstanceUID, registered: int = 0, **how):
        port, options = free_port(), {key: how.pop(key) for key in ("destination", "layout") if key in how}
        if registered >= 0:
            server.register("NOTEBOOK", registered or port)
        return peer(port, title, **how).move(study, tmp_path / "data", stragglers=0.2, **options)

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "taken").write_text("")
    return {
        "not registered": lambda: move(registered=-1),
        "registered with another port": lambda: move(registered=free_port()),
        "a third party that is down": lambda: move(registered=free_port(), title="OTHER", destination="NOTEBOOK"),
        "an AE title in small letters": lambda: move(title="notebook"),
        "a transfer syntax that we do not take": lambda: move(transfer_syntaxes=(JPEG,)),
        "a folder that we cannot write": lambda: move(layout="taken/{instance}.dcm"),
        "nothing matches": lambda: move(study="1.2.3.4.5"),
        "all is well": move,
    }


def test_the_first_cause_is_the_right_one(scene, request):
    """Each situation in turn: the first cause is its cause, and the text names the destination where there is one to send."""
    which = ["orthanc", "dcmqrscp"].index(request.node.callspec.params["archive"])
    found = {}
    for situation, make in scene.items():
        explained = make().explain()
        found[situation] = explained.causes[0].name if explained.causes else None
        assert bool(explained.letter) == any(cause.mail for cause in explained.causes)
        assert not explained.letter or "NOTEBOOK" in explained.letter.upper()
    assert found == {situation: names[which] for situation, names in FIRST.items()}


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
