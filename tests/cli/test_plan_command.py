"""dicommove plan and peers as JSON, and what plan says of limits: documents that a script reads, the same facts as the text."""

from __future__ import annotations

import json

import pytest

import dicommove as dm
from dicommove import named
from dicommove.cli import main

ANNA = ("--patient", "000123")
ENTRY = """
[peers.ward]
host = "127.0.0.1"
port = {port}
ae_title = "DEMO"
hours = "18:00-06:00"
pause = 2
listener = {{ port = 11114, advertise = "ws7:11114" }}
"""


@pytest.fixture
def run(capsys, tmp_path):
    """Run a command: exit code, stdout as JSON, stderr; nothing is made in the folder that a plan names."""

    def called(*arguments):
        code = main([*arguments, "--json"])
        said = capsys.readouterr()
        assert not (tmp_path / "data").exists()
        return code, json.loads(said.out), said.err

    return called


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A function that writes the user's file and the site's."""
    folder = tmp_path / "site"
    folder.mkdir()
    own = tmp_path / "config.toml"
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(own))
    monkeypatch.setattr(named, "site_config_path", lambda *_, **__: folder)

    def write(text, fixed):
        own.write_text(text, encoding="utf-8")
        (folder / "config.toml").write_text(f"[peers.ward]\n{fixed}\n", encoding="utf-8")

    return write


def test_a_plan_is_a_document(run, tmp_path):
    """Requests with their unique keys, sums, and no refusal."""
    code, document, _ = run("plan", "--peer", "demo", *ANNA, "--series", "--where", "Modality=CT", "--to", str(tmp_path / "data"))
    assert (code, document["exit_code"], document["refused"]) == (0, 0, None)
    assert document["model"] == "STUDY_ROOT"
    (request,) = document["requests"]
    assert (request["level"], request["modalities"]) == ("SERIES", ["CT"])
    assert all(uid.startswith("2.25.") for uid in [request["StudyInstanceUID"], *request["SeriesInstanceUID"]])
    assert document["studies"] == 1
    assert document["expected"] == request["expected"] > 0
    assert document["size_bytes"] == request["size_bytes"] > 0
    assert document["rows"] == []


def test_a_plan_of_a_table_has_its_rows(run, tmp_path):
    """Each row with its fate: the request that it went into, or why into none."""
    table = tmp_path / "cohort.csv"
    table.write_text("PatientID,case\n000123,first\nNOBODY,second\n", encoding="utf-8")
    code, document, _ = run("plan", "--peer", "demo", "--from", str(table), "--several", "all", "--to", str(tmp_path / "data"))
    assert code == 0
    assert [(row["row"], row["match"], row["request"]) for row in document["rows"]] == [
        (0, "several", 1),
        (0, "several", 2),
        (1, "none", None),
    ]


def test_a_plan_for_nothing_is_5(run, tmp_path):
    """A document all the same."""
    code, document, _ = run("plan", "--peer", "demo", "--patient", "NOBODY", "--to", str(tmp_path / "data"))
    assert (code, document["exit_code"], document["requests"], document["expected"]) == (5, 5, [], 0)


def test_a_plan_that_would_be_refused_says_so(run, tmp_path):
    """In the document and on stderr, in the words of the command line."""
    code, document, err = run("plan", "--peer", "demo", *ANNA, "--limit", "1", "--to", str(tmp_path / "data"))
    assert (code, document["exit_code"], document["refused"]["error"]) == (2, 2, "MoveTooLarge")
    assert "give --limit 2 (--limit none for no limit) if you mean it" in document["refused"]["message"]
    assert document["refused"]["message"] in err


def test_a_limit_of_the_site_is_not_advised_against(run, site, tmp_path):
    """--limit is advised only as far as the site's file lets it be given: else asking who keeps the file is."""
    with dm.demo() as pacs:
        site(ENTRY.format(port=pacs.port), "limit = 1")
        plan = ("plan", "--peer", "ward", *ANNA, "--to", str(tmp_path / "data"))
        code, document, _ = run(*plan)
        assert code == 2
        assert "--limit" not in document["refused"]["message"]
        assert "the configuration of this archive allows 1 study or 400 instances a move" in document["refused"]["message"]
        site(ENTRY.format(port=pacs.port), "limit = 3")
        _, document, _ = run(*plan, "--limit", "1")
        assert "or give --limit 2 if you mean it" in document["refused"]["message"]
        assert run(*plan, "--limit", "2")[0] == 0
        assert run(*plan, "--limit", "4")[0] == 2


def test_no_answer_is_a_document_too(run, tmp_path):
    """With the name of the exception."""
    code, document, _ = run("plan", "--peer", "PACS@127.0.0.1:9", *ANNA, "--to", str(tmp_path / "data"))
    assert (code, document["error"], document["exit_code"]) == (1, "PeerUnreachable", 1)


def test_peers_are_a_document(run, site, monkeypatch):
    """Every entry with its facts, what the site fixes, who says so; no secret."""
    identity = 'identity = { user = "meier", passcode = "env:PASSCODE" }'
    site(f'{ENTRY.format(port=104)}{identity}\n[peers.broken]\nhost = "h"\nport = 1\nparallel = 2', "limit = 20")
    monkeypatch.setenv("PASSCODE", "SECRET")
    code, document, err = run("peers")
    assert (code, document["exit_code"]) == (2, 2)
    (fault,) = document["faults"]
    assert fault.startswith("broken: parallel=2")
    assert fault in err
    (ward,) = document["peers"]
    assert {key: ward[key] for key in ("name", "host", "port", "ae_title", "hours", "pause", "limit_studies", "priority")} == {
        "name": "ward", "host": "127.0.0.1", "port": 104, "ae_title": "DEMO", "hours": "18:00-06:00", "pause": 2,
        "limit_studies": 20, "priority": "low",
    }  # fmt: skip
    assert ward["listener"] == {"ae_title": "DICOMMOVE", "port": 11114, "advertise": "ws7:11114", "admit": "asked"}
    assert ward["sources"] == ["site", "user"]
    assert ward["fixed"] == ["limit_studies", "limit_instances"]
    assert "env:PASSCODE" in ward["identity"]
    assert "SECRET" not in json.dumps(document)


def test_one_peer_is_a_document(run, site):
    """The same facts, without a list around them; a name that is not there is 2."""
    site(ENTRY.format(port=104), "")
    code, document, _ = run("peers", "ward")
    assert (code, document["name"], document["exit_code"]) == (0, "ward", 0)
    code, document, _ = run("peers", "wrad")
    assert (code, document["error"]) == (2, "EntityError")
