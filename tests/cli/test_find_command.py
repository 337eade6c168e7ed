"""dicommove find: the builder's verbs as options, a table for people, one document for programs, errors in one line."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import threading

import pytest
from pynetdicom import AE, evt

import dicommove as dm
from dicommove.cli import main
from dicommove.cli.command_line import _parser
from dicommove.cli.conclusion import in_shell_words
from dicommove.cli.query_options import query_of
from dicommove.terms import InformationModel

MEIER = ("--where", "PatientName=MEIER*", "--where", "StudyDate=2024-01-01..2024-03-31")


@pytest.fixture
def find(capsys):
    """Run the command on the demo archive: exit code, stdout, stderr."""

    def run(*options, peer="demo"):
        code = main(["find", "--peer", peer, *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def query():
    """The query that options make."""
    peer = dm.Peer("archive", 104)
    return lambda *options: query_of(peer, _parser("find").parse_args(["find", "--peer", "demo", *options]))


@pytest.mark.parametrize(
    ("options", "build"),
    [
        ([], lambda p: p.studies()),
        (["--patient", "P1"], lambda p: p.patients("P1")),
        (["--patient", "P1", "P2", "--study"], lambda p: p.patients("P1", "P2").studies()),
        (["--study", "1.2", "--series", "1.2.3", "--image"], lambda p: p.studies("1.2").series("1.2.3").images()),
        (["--where", "PatientName=MEIER, A*"], lambda p: p.studies().where(PatientName="MEIER, A*")),
        (["--where", "PatientName=A*", "--where", "PatientName=B*"], lambda p: p.studies().where(PatientName=["A*", "B*"])),
        (["--where", "ModalitiesInStudy=CT,MR"], lambda p: p.studies().where(ModalitiesInStudy=["CT", "MR"])),
        (["--where", "StudyDate=2024-01-01.."], lambda p: p.studies().where(StudyDate=dm.between("2024-01-01", None))),
        (["--where", "StudyDate=..20240131"], lambda p: p.studies().where(StudyDate=dm.between(None, "20240131"))),
        (["--where", "StudyDate=20240101-20240131"], lambda p: p.studies().where(StudyDate="20240101-20240131")),
        (
            ["--where", "StudyTime=08:00..09:00,20:00..21:00"],
            lambda p: p.studies().where(StudyTime=[dm.between("08:00", "09:00"), dm.between("20:00", "21:00")]),
        ),
        (
            ["--where", "PatientName=X..Y", "--series", "--where", "Modality=CT", "--study"],
            lambda p: p.studies().where(PatientName="X..Y").series().where(Modality="CT").studies(),
        ),
        (["--level", "series", "--where", "Modality=CT"], lambda p: p.series().where(Modality="CT")),
        (["--series", "--where", "Modality=CT", "--level", "STUDY"], lambda p: p.series().where(Modality="CT").studies()),
        (["--where", "PatientID=P1", "--image", "--level", "IMAGE"], lambda p: p.studies().where(PatientID="P1").images()),
        (
            ["--key", "ProcedureCodeSequence[0].CodeValue=A", "--returning", "StudyID", "StudyTime"],
            lambda p: p.studies().key("ProcedureCodeSequence[0].CodeValue=A").returning("StudyID", "StudyTime"),
        ),
    ],
)  # fmt: skip
def test_options_are_the_builders_verbs(query, options, build):
    """Read from left to right, they make the value that the same verbs make in Python."""
    assert query(*options) == build(dm.Peer("archive", 104))


def test_a_table_for_people(find):
    """One line per match with whole UIDs and dates to read; how many there are stands on stderr."""
    code, out, err = find(*MEIER)
    assert code == 0
    assert len(out.splitlines()) == 2 + 4
    assert "2024-01-17" in out
    assert "MEIERHÖFER^JÖRG" in out
    assert err == "dicommove: 4 STUDY matches\n"


def test_one_document_for_programs(find):
    """Every match has every column, verbatim; absent is null; nothing else is on stdout."""
    code, out, err = find(*MEIER, "--series", "--where", "Modality=CT", "--returning", "BodyPartExamined", "--json")
    document = json.loads(out)
    assert (code, err, document["exit_code"], document["level"]) == (0, "", 0, "SERIES")
    assert document["count"] == len(document["matches"]) > 0
    match = document["matches"][0]
    assert (match["Modality"], match["StudyDate"]) == ("CT", "20240117")
    assert "BodyPartExamined" in match


def test_nothing_found_is_5(find):
    """An empty answer is no error, and no success."""
    code, out, err = find("--where", "PatientName=NOBODY")
    assert (code, out, err) == (5, "", "dicommove: 0 STUDY matches\n")
    assert json.loads(find("--where", "PatientName=NOBODY", "--json")[1])["matches"] == []


def test_a_dry_run_shows_what_would_be_asked(find):
    """The Identifiers are shown, and nothing is sent: nobody listens there."""
    code, out, _ = find(*MEIER, "--dry-run", peer="PACS@127.0.0.1:9")
    assert code == 0
    assert "(0010,0010) PN PatientName" in out
    asked = json.loads(find("--study", "1.2", "--series", "--dry-run", "--json")[1])["identifiers"]
    assert [one["level"] for one in asked] == ["SERIES"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--where", "PatientName=MEIER, ANNA"], "dicommove: warning: PatientName: the parts of a name are separated by '^'"),
        (["--study"], "dicommove: warning: without a key everything in the archive matches"),
    ],
)
def test_what_may_not_be_meant_is_told(find, options, words):
    """The builder's warnings stand on stderr, and the search goes on."""
    code, _, err = find(*options)
    assert code in (0, 5)
    assert err.startswith(words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--where", "Modality=CT"], "put --series before it"),
        (["--where", "PatientsName=X"], "did you mean 'PatientName'?"),
        (["--where", "PatientName"], "--where takes KEY=VALUE"),
        (["--where", "PatientName="], "--returning PatientName asks for it without matching"),
        (["--where", "StudyDate=yesterday"], "FROM..TO for a range"),
        (["--where", "StudyDate=.."], "between(None, None)"),
        (["--where", "StudyDate=2024-02-01..2024-01-01"], "the range ends before it starts"),
        (["--where", "ProcedureCodeSequence=A"], "--key 'ProcedureCodeSequence[0].CodeValue=...'"),
        (["--study", "a b"], "StudyInstanceUID"),
        (["--study", "--from", "x.csv"], "--from stands instead of a query"),
        (["--from", "/nowhere/x.csv"], "No such file"),
        (["--peer", "nobody"], "no peer 'nobody'"),
        (["--peer", "A@b"], "--peer is no AE_TITLE@host:port"),
        (["--peer", "demo:dorp"], "there is no fault"),
        (["--calling", "A" * 17], "longer than 16"),
        (["--listen", "99999"], "no TCP port"),
    ],
)
def test_wrong_usage_is_one_line_and_2(find, options, words):
    """The line says what to do in the words of the shell."""
    code, out, err = find(*options)
    assert (code, out) == (2, "")
    assert err.startswith("dicommove: ")
    assert err.count("\n") == 1
    assert words in err


@pytest.mark.parametrize(
    "options", [["find"], ["find", "--peer", "demo", "--nonsense"], ["find", "--peer", "demo", "--level", "X"]]
)
def test_what_the_parser_refuses_is_one_line_too(options, capsys):
    """Unknown options end with 2, without a page of usage."""
    with pytest.raises(SystemExit) as ended:
        main(options)
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert err.startswith("dicommove")
    assert err.count("\n") == 1


def test_no_answer_is_1_and_a_document(find):
    """Who asked for JSON gets one document whatever happens."""
    code, out, err = find("--study", "1.2", "--json", peer="PACS@127.0.0.1:9")
    document = json.loads(out)
    assert (code, document["exit_code"], document["error"]) == (1, 1, "PeerUnreachable")
    assert err.startswith("dicommove: nothing listens at")


def test_a_table_is_matched(find, tmp_path):
    """Cells are text, leading zeros and all; each row of a semicolon table with a byte order mark has its answer."""
    table = tmp_path / "cohort.csv"
    table.write_text("\ufeffPatientID;StudyDate;case\n000123;2024-01-17;a\n\n123;2024-01-17;b\n", encoding="utf-8")
    code, out, _ = find("--from", str(table), "--json")
    rows = json.loads(out)["matches"]
    assert [(row["PatientID"], row["case"], row["match"]) for row in rows] == [("000123", "a", "found"), ("123", "b", "none")]
    assert code == 3


def test_a_table_from_a_pipe(find, monkeypatch):
    """``--from -`` reads stdin."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"PatientID,StudyDate\n000123,20240117\n")))
    code, out, _ = find("--from", "-")
    assert code == 0
    assert "found" in out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the table is empty"),
        (b"A,A\n1,2", "a name of its own"),
        (b"A,\n1,2", "a name of its own"),
        (b"PatientID\n1,2", "line 2 has 2 cells"),
        (b"PatientID\nM\xfcller", "no UTF-8"),
        (b"case\n1", "no key column"),
    ],
)
def test_a_table_that_is_none(find, tmp_path, content, words):
    """The error says what is wrong with it."""
    table = tmp_path / "cohort.csv"
    table.write_bytes(content)
    code, _, err = find("--from", str(table))
    assert code == 2
    assert words in err


@pytest.mark.parametrize(
    ("python", "shell"),
    [
        ("call .studies() first", "put --study before it"),
        ("give limit=12 (limit=None for no limit) if", "give --limit 12 (--limit none for no limit) if"),
        ("pacs.check() tells; check again with timeout=60.", "dicommove check tells; check again with --timeout 60."),
        ("not moved; give several='all' to", "not moved; give --several all to"),
    ],
)
def test_advice_is_in_shell_words(python, shell):
    """What errors advise was written for Python."""
    assert in_shell_words(python) == shell


@pytest.fixture
def archive():
    """A pynetdicom archive that answers a C-FIND when it is cancelled, or with what a test gave it."""
    asked, cancelled, answers = threading.Event(), threading.Event(), []

    def handle(event):
        asked.set()
        yield from ((0xFF00, answer) for answer in answers)
        pause = threading.Event()
        for _ in range(1000 if not answers else 0):
            if event.is_cancelled:
                cancelled.set()
                yield 0xFE00, None
                return
            pause.wait(0.01)
        yield 0x0000, None

    entity = AE("PACS")
    entity.add_supported_context(InformationModel.STUDY_ROOT.find_uid)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, handle)])
    yield f"PACS@127.0.0.1:{server.server_address[1]}", asked, cancelled, answers
    server.shutdown()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_cancels_and_ends_6(archive, number):
    """Ctrl-C and SIGTERM send C-CANCEL; the end is one line and 6."""
    peer, asked, cancelled, _ = archive
    command = [sys.executable, "-m", "dicommove", "find", "--peer", peer, "--where", "PatientID=000123"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert asked.wait(20)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (6, "", "dicommove: cancelled\n")
    assert cancelled.wait(10)


def test_values_of_the_wire_steer_nothing(archive, find):
    """Escape sequences and markup in an answer are shown, not obeyed."""
    peer, _, _, answers = archive
    answer = dm.Query().studies("1.2").identifier()
    answer.PatientID, answer.PatientName = "[red]P1[/red]", "X\x1b[2J^\u202eY"
    answer.SpecificCharacterSet = "ISO_IR 192"
    answers.append(answer)
    code, out, _ = find("--where", "PatientName=X*", peer=peer)
    assert code == 0
    assert "[red]P1[/red]" in out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_pandas_is_not_loaded():
    """A search starts without the second that pandas takes."""
    search = "main(['find', '--peer', 'demo', '--study', '--json'])"
    code = f"import sys; from dicommove.cli import main; {search}; print('pandas' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "False"


def test_a_reader_that_has_gone_is_no_traceback():
    """With stdout closed the exit code is what it would have been."""
    command = [sys.executable, "-m", "dicommove", "find", "--peer", "demo", "--study"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 0
    assert "Traceback" not in err
    assert "BrokenPipe" not in err
