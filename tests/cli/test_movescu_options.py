"""Options: the same ones with the same defaults as the original's, and every mistake told in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pynetdicom.apps.movescu.movescu import _setup_argparser

from dicommove.cli.movescu.options import parse

SAME = (  # noqa: SIM905 - one name a line is no better to read
    "addr port log_type calling_aet called_aet move_aet acse_timeout dimse_timeout network_timeout max_pdu file store store_port"
    " store_aet relational_retrieval enhanced_conversion output_directory ignore"
).split()


def theirs(arguments) -> dict[str, object]:
    """What the original makes of a command line."""
    found = vars(_setup_argparser(arguments))
    model = "STUDY_ROOT" if found["study"] else "PATIENT_STUDY_ONLY" if found["psonly"] else "PATIENT_ROOT"
    return {**{name: found[name] for name in SAME}, "keyword": tuple(found["keyword"] or ()), "model": model}


def ours(arguments) -> dict[str, object]:
    """What ours makes of it."""
    found = parse(arguments)
    return {**{name: getattr(found, name) for name in SAME}, "keyword": found.keyword, "model": found.model.name}


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["-q"],
        ["--quiet"],
        ["-v"],
        ["--verbose"],
        ["-d"],
        ["--debug"],
        ["-ll", "warn"],
        ["--log-level", "debug"],
        ["-aet", "ME", "-aec", "YOU", "-aem", "THEM"],
        ["--calling-aet", "ME", "--called-aet", "YOU", "--move-aet", "THEM"],
        ["-ta", "1", "-td", "2.5", "-tn", "3"],
        ["--acse-timeout", "1", "--dimse-timeout", "2.5", "--network-timeout", "3"],
        ["-pdu", "0"],
        ["--max-pdu", "123456"],
        ["-P"],
        ["-S"],
        ["-O"],
        ["--patient"],
        ["--study"],
        ["--psonly"],
        ["-k", "PatientName=", "--keyword", "StudyDate=20240101-"],
        ["-f", "some.dcm"],
        ["--file", "some.dcm"],
        ["--store", "--store-port", "11114", "--store-aet", "MINE"],
        ["--relational-retrieval", "--enhanced-conversion"],
        ["-od", "there", "--ignore"],
        ["--output-directory", "there"],
        ["--rel", "--enh", "--ign"],
        ["-aet=ME", "-kPatientName="],
        ["-od", ""],
    ],
)
def test_every_option_means_what_it_means_in_the_original(options):
    """Short, long and abbreviated ones, with every default."""
    arguments = ["127.0.0.1", "104", "-k", "PatientID=P1", *options]
    assert ours(arguments) == theirs(arguments)


def test_an_empty_move_aet_means_the_calling_one():
    """The original decides so when it sends; the document does not say it."""
    assert parse(["h", "104", "-k", "PatientID=P1", "-aet", "ME", "-aem", ""]).move_aet == "ME"


def test_an_empty_file_name_is_none():
    """As by the original, for scripts with an empty variable: with -k it is ignored, alone it is wrong usage."""
    assert parse(["h", "104", "-k", "PatientID=P1", "-f", ""]).file is None
    with pytest.raises(SystemExit):
        parse(["h", "104", "-f", ""])


@pytest.mark.parametrize("level", ["critical", "error", "warn", "warning", "info", "debug"])
def test_every_level_of_the_document_is_taken(level):
    """``warning`` as the document has it, ``warn`` as the program has it."""
    assert parse(["h", "104", "-k", "PatientID=P1", "-ll", level]).log_level == level


@pytest.mark.parametrize("value", ["1", "0", None])
def test_the_environment_can_ask_for_compatibility(monkeypatch, value):
    """DICOMMOVE_COMPAT=1 means --compat, and nothing else does."""
    monkeypatch.delenv("DICOMMOVE_COMPAT", raising=False)
    if value is not None:
        monkeypatch.setenv("DICOMMOVE_COMPAT", value)
    assert parse(["h", "104", "-k", "PatientID=P1"]).compat is (value == "1")
    assert parse(["h", "104", "-k", "PatientID=P1", "--compat"]).compat


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ([], "required: addr, port"),
        (["h"], "required: port"),
        (["h", "104"], "-f and/or -k must be specified"),
        (["h", "x", "-k", "a"], "'x' is no TCP port"),
        (["h", "0", "-k", "a"], "from 1 to 65535"),
        (["h", "65536", "-k", "a"], "from 1 to 65535"),
        (["a b", "104", "-k", "a"], "is no host"),
        (["h:104", "104", "-k", "a"], "give the port apart"),
        (["h", "104", "-k", "a", "--store-port", "65536"], "from 0 to 65535"),
        (["h", "104", "-k", "a", "-aet", ""], "empty"),
        (["h", "104", "-k", "a", "-aec", "A" * 17], "longer than 16 characters"),
        (["h", "104", "-k", "a", "-aem", "A\\B"], "a backslash"),
        (["h", "104", "-k", "a", "--store-aet", "A\tB"], "a control character"),
        (["h", "104", "-k", "a", "-ta", "0"], "is no number of seconds"),
        (["h", "104", "-k", "a", "-td", "nan"], "is no number of seconds"),
        (["h", "104", "-k", "a", "-tn", "soon"], "is no number of seconds"),
        (["h", "104", "-k", "a", "-pdu", "-1"], "is no number of bytes"),
        (["h", "104", "-k", "a", "-ll", "loud"], "invalid choice: 'loud'"),
        (["h", "104", "-k", "a", "-v", "-d"], "not allowed with"),
        (["h", "104", "-k", "a", "-P", "-S"], "not allowed with"),
        (["h", "104", "-k", "a", "--unknown"], "unrecognized arguments: --unknown"),
    ],
)
def test_wrong_usage_is_one_line_and_2(capsys, arguments, hint):
    """No usage text, no traceback: the line says what is wrong."""
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("movescu: error: ")
    assert hint in said
    assert said.count("\n") == 1


def test_version_and_help_need_no_address(movescu):
    """They say what was asked for on standard output, and nothing else."""
    version, usage = movescu("--version"), movescu("--help")
    assert (version.code, version.err, usage.code, usage.err) == (0, "", 0, "")
    assert version.out.startswith("movescu.py v")
    assert "--relational-retrieval" in usage.out
    assert "examples:" in usage.out


def test_help_loads_no_dicom_library():
    """So it is there at once; what receives is loaded for --store only, and pandas at no time."""
    code = (
        "import sys; from dicommove.cli import main\n"
        "try: main(['movescu', '--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'pydicom', 'pynetdicom', 'numpy', 'rich'} & set(sys.modules)\n"
        "assert main(['movescu', '127.0.0.1', '9', '-q', '-k', 'PatientID=1']) == 1\n"
        "assert not {'pandas', 'matplotlib', 'rich', 'sqlite3', 'dicommove.retrieve', 'dicommove.query'} & set(sys.modules)\n"
        "assert not {'dicommove.receive', 'dicommove.store'} & set(sys.modules)\n"
        "assert main(['movescu', '127.0.0.1', '9', '-q', '-k', 'PatientID=1', '--store', '--store-port', '0']) == 1\n"
        "assert not {'pandas', 'matplotlib', 'rich', 'dicommove.retrieve', 'dicommove.facade'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
