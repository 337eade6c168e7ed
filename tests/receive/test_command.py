"""Command sets: what is read, what is refused, what is answered."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pynetdicom.dsutils import decode

from dicommove.receive.command import Command, CommandError, read_command, response


def test_store_request_is_read(wire):
    """A C-STORE-RQ gives its UIDs, Message ID and Move Originator."""
    command = read_command(wire.store_command("1.2.3.4.5", message_id=77, e1030="PACS ", e1031=12))
    assert command == Command(1, 77, wire.CT, "1.2.3.4.5", True, "PACS", 12)


@pytest.mark.parametrize(
    "broken",
    [
        {"e0110": 1, "e0800": 0x101},
        {"e0100": 1, "e0800": 1},
        {"e0100": 1, "e0110": 1},
        {"e0100": 0x8001, "e0110": 1, "e0800": 0x101},
        {"e0100": "toolong", "e0110": 1, "e0800": 1},
    ],
    ids=["no field", "no message id", "no data set type", "response", "field of a wrong length"],
)
def test_what_is_no_request_is_refused(wire, broken):
    """A command set without what every request has is an error."""
    with pytest.raises(CommandError):
        read_command(wire.command_set(**broken))


def test_other_groups_and_cut_off_ones_are_refused(wire):
    """A command set holds group 0000 only, whole."""
    for data in (wire.store_command()[:-1], wire.store_command() + b"\x08\0\0\0\0\0\0\0", b"\0" * 5):
        with pytest.raises(CommandError):
            read_command(data)


def test_cancel_needs_no_message_id(wire):
    """C-CANCEL-RQ has Message ID Being Responded To alone."""
    assert read_command(wire.command_set(e0100=0xFFF, e0120=5, e0800=0x101)).message_id is None


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(data):
    """Whatever comes, there is a command or a `CommandError`."""
    try:
        read_command(data)
    except CommandError:
        return


@pytest.mark.parametrize("uid", ["1.2.3", "1.2.3.4"])
def test_response_is_what_pynetdicom_reads(uid):
    """A response has the group length, the request's UIDs, its own response type and the status (PS3.7 9.3.1.2)."""
    encoded = response(Command(1, 9, "1.2.840.10008.5.1.4.1.1.2", uid, True), 0xA700)
    ds = decode(BytesIO(encoded), is_implicit_vr=True, is_little_endian=True)
    assert ds[0x00000000].value == len(encoded) - 12
    assert (ds.CommandField, ds.MessageIDBeingRespondedTo, ds.Status, ds.CommandDataSetType) == (0x8001, 9, 0xA700, 0x0101)
    assert (ds.AffectedSOPClassUID, ds.AffectedSOPInstanceUID) == ("1.2.840.10008.5.1.4.1.1.2", uid)
    assert len(encoded) % 2 == 0


def test_normalized_requests_name_their_sop_as_requested(wire):
    """N-GET and its like have Requested SOP Class and Instance UID."""
    command = read_command(wire.command_set(e0003="1.2.3", e0100=0x110, e0110=1, e0800=0x101, e1001="1.2.3.4"))
    assert (command.sop_class_uid, command.sop_instance_uid) == ("1.2.3", "1.2.3.4")
