"""dicommove peers: which archives have a name, and what their entries say; and the addresses of --peer."""

from __future__ import annotations

import argparse

import pytest

import dicommove as dm
from dicommove import named
from dicommove.cli import main
from dicommove.cli.peer_options import peer_of


@pytest.fixture
def config(tmp_path, monkeypatch):
    """A function that writes the user's file; there is a site's file with one limit."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "config.toml").write_text("[peers.hospital]\nlimit = 20", encoding="utf-8")
    path = tmp_path / "config.toml"
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(path))
    monkeypatch.setattr(named, "site_config_path", lambda *_, **__: site)
    return lambda text: path.write_text(text, encoding="utf-8")


HOSPITAL = """
[peers.hospital]
host = "10.0.0.5"
port = 104
ae_title = "PACS"
hours = "18:00-06:00"
identity = { user = "meier", passcode = "env:PASSCODE" }
"""


def test_the_names_are_listed(config, capsys):
    """Each with its address, hours and limit, and who says so."""
    config(HOSPITAL)
    assert main(["peers"]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    for word in ("hospital", "PACS@10.0.0.5:104", "DICOMMOVE, port 11113", "18:00-06:00", "20 studies", "low", "site, user"):
        assert word in line


def test_one_is_shown_in_full(config, capsys):
    """What the site fixes is named; of secrets only where they are found."""
    config(HOSPITAL)
    assert main(["peers", "hospital"]) == 0
    out = capsys.readouterr().out
    assert "limit_studies, limit_instances" in out
    assert "env:PASSCODE" in out


def test_an_entry_that_cannot_be_used_hides_no_other(config, capsys):
    """The others are shown, the fault is told, and the end is 2."""
    config(HOSPITAL + '[peers.broken]\nhost = "h"\nport = 1\nparallel = 2')
    assert main(["peers"]) == 2
    said = capsys.readouterr()
    assert "hospital" in said.out
    assert said.err.startswith("dicommove: broken: parallel=2: one C-MOVE at a time")


def test_no_names_yet(config, tmp_path, monkeypatch, capsys):
    """Where entries would stand is said."""
    del config
    monkeypatch.setattr(named, "site_config_path", lambda *_, **__: tmp_path)
    assert main(["peers"]) == 0
    assert str(tmp_path / "config.toml") in capsys.readouterr().out


def test_a_name_that_is_not_there(config, capsys):
    """It is 2, and the nearest is named."""
    config(HOSPITAL)
    assert main(["peers", "hopsital"]) == 2
    assert "did you mean 'hospital'?" in capsys.readouterr().err


def test_options_stand_over_an_entry(config):
    """Our AE title and port may be said for one call."""
    config(HOSPITAL)
    told = argparse.Namespace(peer="hospital", calling="ME", listen=11200, advertise="ws7:1")
    with peer_of(told) as peer:
        assert (peer.address, peer.calling_ae_title, peer.hours) == ("PACS@10.0.0.5:104", "ME", "18:00-06:00")
        assert (peer.listener.port, peer.listener.advertise) == (11200, "ws7:1")


@pytest.mark.parametrize("text", ["PACS@10.0.0.5:104", "PACS@[::1]:104", "MY PACS@pacs.hospital:11112"])
def test_an_address_is_a_peer(text):
    """AE title, host and port, as errors print it."""
    with peer_of(argparse.Namespace(peer=text, calling=None, listen=None, advertise=None)) as peer:
        assert peer == dm.Peer(peer.host, peer.port, ae_title=peer.ae_title)
        assert peer.address == text
