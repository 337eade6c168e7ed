"""``dicommove register``, ``listen`` and ``check``: what they print, as text and as JSON, and how they end."""

from __future__ import annotations

import json
import socket

import pytest

from dicommove.cli import main

ARCHIVE = ("--peer", "PACS@10.0.0.5:104", "--calling", "NOTEBOOK", "--advertise", "ws7.hospital:4242")


@pytest.fixture(autouse=True)
def config(tmp_path, monkeypatch):
    """An entry of a user whose site says more about the same archive."""
    (tmp_path / "config.toml").write_text(
        '[peers.hospital]\nhost = "127.0.0.1"\nport = 1\nae_title = "PACS"\ncontact = "A. Meier, 1234"\nhours = "18:00-06:00"\n'
        'listener = { port = 4242, ae_title = "NOTEBOOK", wait = "30min" }\n'
    )
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_the_page_is_printed(capsys):
    """Whole lines on stdout, nothing else."""
    assert main(["register", *ARCHIVE, "--contact", "A. Meier"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("Subject: Registration of the DICOM node NOTEBOOK at PACS@10.0.0.5:104\n")
    assert "dicommove = (NOTEBOOK, ws7.hospital, 4242)" in said.out
    assert said.err == ""


def test_an_entry_is_enough(capsys):
    """AE title, port, hours and contact come from the configuration file."""
    assert main(["register", "--peer", "hospital", "--json"]) == 0
    page = json.loads(capsys.readouterr().out)
    facts = {one["name"]: one["value"] for one in page["facts"] if one["name"]}
    assert (page["ae_title"], page["port"], facts["Contact"]) == ("NOTEBOOK", 4242, "A. Meier, 1234")
    assert facts["Hours"].startswith("18:00-06:00")
    assert page["host_is_a_guess"] is False  # the archive is on this computer
    assert page["text"].startswith("Subject: ")


def test_a_page_that_is_not_ready(capsys, monkeypatch):
    """What has to be put right is on stderr, in words of the shell, and in the exit code."""
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.hidden_by", lambda _: "container")
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.address_towards", lambda _: "172.17.0.2")
    assert main(["register", "--peer", "PACS@10.0.0.5:104"]) == 3
    said = capsys.readouterr()
    assert "not ready to be sent" in said.err
    assert "--advertise HOST:PORT" in said.err
    assert said.out.startswith("NOT READY TO BE SENT")


def test_check_of_the_embedded_archive(capsys):
    """Ready: exit code 0, one line for each probe."""
    assert main(["check", "--peer", "demo"]) == 0
    out = capsys.readouterr().out
    assert "is ready" in out.splitlines()[0]
    assert sum(line.startswith("  ok ") for line in out.splitlines()) >= 12


def test_check_names_the_cause_first(capsys):
    """Not ready: exit code 1, the cause and the next step in the first lines, and in the document."""
    assert main(["check", "--peer", "demo:unknown-destination"]) == 1
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert "move destination: the archive does not know NOTEBOOK" in first
    assert "dicommove register is the page" in second
    assert main(["check", "--peer", "demo:unknown-destination", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["ready"], document["fault"]["probe"]) == (False, "move destination")
    assert {row["probe"] for row in document["probes"]} >= {"TCP", "association", "way back"}


def test_check_that_proves_nothing(capsys, monkeypatch):
    """Nothing failed, and nothing was moved: exit code 3."""
    monkeypatch.setattr("dicommove.facade.demo_peer.DemoPeer.check", lambda self, **how: super(type(self), self).check(**how))
    assert main(["check", "--peer", "demo"]) == 3
    assert "Give --study UID" in capsys.readouterr().out


def test_check_of_a_study_that_is_none(capsys):
    """Wrong usage is told in one line."""
    assert main(["check", "--peer", "demo", "--study", "1.2.*"]) == 2
    assert "no UID" in capsys.readouterr().err


def test_listen_closes_itself(capsys):
    """Nobody called: exit code 5, and both ends are told."""
    assert main(["listen", "--peer", "demo", "--minutes", "0.005"]) == 5
    said = capsys.readouterr()
    assert "Listening as NOTEBOOK on 127.0.0.1:" in said.err
    assert "Ctrl-C closes it" in said.err
    assert "nobody has called" in said.out


def test_listen_as_a_document(capsys):
    """The callers as rows, and where it listened."""
    assert main(["listen", "--peer", "demo", "--minutes", "0.005", "--json"]) == 5
    document = json.loads(capsys.readouterr().out)
    assert document["callers"] == []
    assert document["addresses"] == ["127.0.0.1"]


def test_listen_on_a_port_that_is_taken(capsys):
    """One line says so, and what can be done."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        archive = ("--peer", "PACS@127.0.0.1:104", "--listen", str(other.getsockname()[1]))
        assert main(["listen", *archive]) == 1
    assert "is in use by another program" in capsys.readouterr().err


def test_listen_minutes(capsys):
    """A number up to a day."""
    assert main(["listen", "--peer", "demo", "--minutes", "0"]) == 2
    assert "minutes" in capsys.readouterr().err
