"""User identity: a peer that refuses it is told apart, and the passcode is in no text (PS3.7 D.3.3.7)."""

from __future__ import annotations

import pytest
from pynetdicom import AE, evt

from dicommove.entities import Identity, Remote
from dicommove.errors import AssociationRejected, EntityError
from dicommove.net import echo, open_association
from dicommove.terms import EXPLICIT_VR_LITTLE_ENDIAN, VERIFICATION

SERVICES = [(VERIFICATION, None)]


@pytest.fixture
def guarded():
    """An archive that lets one user in, by name and passcode or by another name alone; gives how to call it."""

    def known(event):
        shown = (event.user_id_type, event.primary_field, event.secondary_field)
        return shown in ((2, b"meier", b"right"), (1, "müller".encode(), b"")), None

    ae = AE("GUARDED")
    ae.add_supported_context(VERIFICATION, EXPLICIT_VR_LITTLE_ENDIAN)
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_USER_ID, known)])

    def called_by(*identity):
        return Remote("127.0.0.1", server.server_address[1], ae_title="GUARDED", identity=Identity(*identity))

    yield called_by
    server.shutdown()


def test_a_known_user_is_let_in(guarded, monkeypatch):
    """By name and passcode, and by the name alone."""
    monkeypatch.setenv("PASSCODE", "right")
    for remote in (guarded("meier", "env:PASSCODE"), guarded("müller")):
        with open_association(remote, services=SERVICES) as association:
            assert echo(association) == 0


def test_a_refused_user_is_told_to_look_at_the_identity(guarded, monkeypatch):
    """A wrong passcode, or none, is a rejection; what to check is said, and the passcode is not."""
    monkeypatch.setenv("PASSCODE", "wr0ng")
    for remote in (guarded("meier", "env:PASSCODE"), guarded("meier")):
        with pytest.raises(AssociationRejected, match="identity=") as refused:
            open_association(remote, services=SERVICES)
        assert "wr0ng" not in str(refused.value)


def test_without_its_passcode_nobody_calls(guarded, monkeypatch):
    """A variable that is not set is said before anything is sent."""
    monkeypatch.delenv("PASSCODE", raising=False)
    with pytest.raises(EntityError, match="the environment variable PASSCODE is not set"):
        open_association(guarded("meier", "env:PASSCODE"), services=SERVICES)
