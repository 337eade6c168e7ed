"""The archives that a form can choose from."""

from __future__ import annotations

import pytest

import dicommove as dm
from dicommove.panels.peers import Peers

CONFIG = """
[peers.alpha]
hots = "mistyped"

[peers.hospital]
host = "10.0.0.5"
port = 104

[peers.research]
host = "10.0.0.6"
port = 104
"""


@pytest.fixture
def named(tmp_path, monkeypatch):
    """Three entries, the first of which cannot be used."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(path))
    return path


@pytest.mark.usefixtures("named")
def test_without_a_peer_the_first_usable_entry_is_taken():
    """One mistyped entry does not keep the form from opening."""
    peers = Peers.of(None)

    assert peers.names == ("alpha", "hospital", "research")
    assert (peers.chosen, peers.peer.host) == (1, "10.0.0.5")


@pytest.mark.usefixtures("named")
def test_a_given_peer_stands_before_the_named_ones():
    """It can be come back to; one that is named itself is not listed twice."""
    given = dm.Peer("127.0.0.1", 104)
    peers = Peers.of(given)

    assert peers.names == (given.address, "alpha", "hospital", "research")
    assert peers.choose(3).peer.host == "10.0.0.6"
    assert peers.choose(3).choose(0).peer is given
    assert Peers.of(dm.Peer.named("hospital")).names == ("hospital", "alpha", "research")


@pytest.mark.usefixtures("named")
def test_an_entry_that_cannot_be_used_says_why():
    """When it is chosen, not before."""
    with pytest.raises(dm.EntityError, match="hots"):
        Peers.of(None).choose(0)


def test_without_any_archive_the_way_out_is_said(tmp_path, monkeypatch):
    """Give one, or name one in the file."""
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(dm.EntityError, match=r"dm\.form\(pacs\)"):
        Peers.of(None, named=tuple)


def test_a_file_that_cannot_be_read_names_none(named):
    """The form works without it."""
    named.write_text("no toml", encoding="utf-8")

    assert len(Peers.of(dm.Peer("127.0.0.1", 104)).names) == 1
