"""Peers: values with verbs."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

import dicommove as dm


def test_a_peer_is_a_value():
    """Equal, hashable and picklable by what it says."""
    one, other = (dm.Peer("10.0.0.5", 104, ae_title="PACS") for _ in range(2))
    assert one == other == pickle.loads(pickle.dumps(one))
    assert len({one, other}) == 1
    assert replace(one, port=105) != one


@pytest.mark.parametrize("verb", ["patients", "studies", "series", "images"])
def test_each_verb_begins_a_query_of_its_level(verb):
    """The query knows its peer, through every further verb."""
    peer = dm.Peer("10.0.0.5", 104)
    query = getattr(peer, verb)()
    assert query.peer == query.returning("PatientName").peer == peer
    assert query.level == {"patients": "PATIENT", "studies": "STUDY", "series": "SERIES", "images": "IMAGE"}[verb]


def test_a_query_of_a_peer_is_a_value():
    """Queries of equal peers are equal; verbs leave the original unchanged."""
    peer = dm.Peer("10.0.0.5", 104)
    query = peer.studies("1.2.3")
    assert query == dm.Peer("10.0.0.5", 104).studies("1.2.3") != peer.studies("1.2.4")
    before = repr(query)
    query.series().where(Modality="CT")
    assert repr(query) == before
    assert pickle.loads(pickle.dumps(query)) == query


def test_text_and_html_say_the_same():
    """Address, AE titles and port stand in both; nothing is markup."""
    peer = dm.Peer("10.0.0.5", 104, ae_title="<b>PACS</b>")
    assert "PACS" in repr(peer)
    assert "<b>PACS</b>" not in peer._repr_html_()
    assert all(part in peer._repr_html_() for part in ("10.0.0.5:104", "DICOMMOVE", "11113"))


def test_echo_answers(demo_peer):
    """C-ECHO of the demo archive is 0x0000."""
    assert demo_peer.echo() == 0


def test_a_demo_peer_ends_with_its_block():
    """After the block nothing listens; stopping twice does nothing."""
    with dm.demo() as pacs:
        assert pacs.echo() == 0
    pacs.stop()
    with pytest.raises(dm.PeerUnreachable):
        pacs.echo()


def test_a_folder_of_files_can_be_served(tmp_path, bundled_folder):
    """dm.demo(data=...) finds what lies in the folder and changes nothing there."""
    source = bundled_folder / "test_files" / "CT_small.dcm"
    (tmp_path / "one.dcm").write_bytes(source.read_bytes())
    with dm.demo(data=tmp_path) as pacs:
        assert pacs.studies().where(PatientID="1CT1").count() == 1
    assert (tmp_path / "one.dcm").read_bytes() == source.read_bytes()
    assert len(list(tmp_path.iterdir())) == 1


def test_an_unknown_fault_names_those_there_are():
    """A fault that is misspelt is refused with the list."""
    with pytest.raises(dm.QueryError, match="drop:N"):
        dm.demo(fault="dorp:3")
