"""Hostile values of an archive, moved for real and driven through every place where they are shown or written."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import sqlite3
import unicodedata
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from markdown_it import MarkdownIt

import dicommove as dm
from dicommove.cli import main
from dicommove.frames import write_csv

from .values import HOSTILE, steering, study_uid, write

DEADLINE_S = 120
LAYOUT = "{PatientName}/{StudyDescription}_{AccessionNumber}/{Modality}_{SeriesDescription}/{instance}.dcm"
ALLOWED = set("div style pre table thead tbody tr th td caption dl dt dd p details summary span ul ol li br".split())  # noqa: SIM905 - as one reads HTML


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """An archive that holds every hostile value in every text."""
    with dm.demo(data=write(tmp_path_factory.mktemp("hostile") / "archive")) as pacs:
        yield pacs


@pytest.fixture(scope="module")
def shown(archive, tmp_path_factory):
    """What a user may look at after a move of all of them, by name; `heard` holds log lines at INFO and above."""
    folder = tmp_path_factory.mktemp("shown") / "data"
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    logging.getLogger("dicommove").addHandler(handler)
    before = logging.getLogger("dicommove").level
    logging.getLogger("dicommove").setLevel(logging.INFO)
    try:
        uids = [study_uid(place) for place in range(1, len(HOSTILE) + 1)]
        plan = (
            archive.studies(*uids).series().where(SeriesNumber=1).plan(folder, layout=LAYOUT, purpose=HOSTILE["csi"][0].decode())
        )
        operation = plan.start_move()
        result = operation.result(DEADLINE_S)
        assert (result.outcome, len(result.instances)) == ("complete", len(HOSTILE))
        catalogue = dm.Catalog(folder)
        yield {
            "peer": archive,
            "plan": plan,
            "operation": operation,
            "progress": operation.progress,
            "result": result,
            "explanation": result.explain(private=False),
            "catalogue": catalogue,
            "purge": catalogue.purge(patient="HOSTILE-1"),
            "panel": dm.watch(operation),
            "log": lines,
        }
    finally:
        logging.getLogger("dicommove").setLevel(before)
        logging.getLogger("dicommove").removeHandler(handler)


class _Tags(HTMLParser):
    """Every element and attribute of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[tuple[str, list[str]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        """Note one."""
        self.seen.append((tag, [name for name, _ in attrs]))


TEXTS = ["peer", "plan", "operation", "progress", "result", "explanation", "catalogue", "purge", "panel"]
PAGES = ["peer", "plan", "operation", "result", "explanation", "catalogue", "purge", "panel"]


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_steers_a_terminal(shown, name):
    """Control sequences, marks that turn text around and unseen characters stand there as code points."""
    text = repr(shown[name]) + str(shown[name])
    assert steering(text) == []
    text.encode()


@pytest.mark.parametrize("name", PAGES)
def test_no_element_and_no_handler_of_the_archive_is_in_a_page(shown, name):
    """Only our own elements, with classes and styles that are ours."""
    thing = shown[name]
    page = thing._repr_html_() if hasattr(thing, "_repr_html_") else thing._repr_mimebundle_()[0]["text/html"]
    seen = _Tags(page).seen
    assert {tag for tag, _ in seen} <= ALLOWED
    assert {attribute for _, attributes in seen for attribute in attributes} <= {"class", "style", "open"}
    assert steering(page.replace("\t", " ")) == []


COMMANDS = {
    "find": [
        "find",
        "--peer",
        "{peer}",
        "--where",
        "StudyDate=20240131..20240201",
        "--returning",
        "StudyDescription",
        "PatientName",
    ],
    "plan": ["plan", "--peer", "{peer}", "--where", "StudyDate=20240131..20240201", "--to", "{new}"],
    "move": ["move", "--peer", "{peer}", "--where", "StudyDate=20240131..20240201", "--to", "{new}"],
    "ledger": ["ledger", "{folder}", "--all"],
    "explain": ["explain", "{folder}"],
    "report": ["report", "{folder}", "--patient-data", "--to", "{new}.md"],
    "catalog": ["catalog", "{folder}", "--verify"],
    "purge": ["purge", "{folder}", "--patient", "HOSTILE-2", "--dry-run"],
}


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_steers_a_terminal(shown, archive, name, as_json, tmp_path, capsys):
    """What is written to stdout and stderr is lines of visible text; a document is ASCII and whole."""
    told = {"peer": archive.address, "new": str(tmp_path / "new"), "folder": str(shown["result"].folder)}
    code = main([*(part.format(**told) for part in COMMANDS[name]), *(["--json"] if as_json else [])])
    said = capsys.readouterr()
    assert code in (0, 3), said.err
    assert steering(said.out + said.err) == []
    if as_json:
        assert said.out.isascii()
        json.loads(said.out)


def test_tables_keep_every_value_as_it_came(shown):
    """A DataFrame is data: nothing is escaped there, nothing cut but what no header keeps."""
    found = shown["result"].instances.set_index("StudyInstanceUID")["SeriesDescription"]
    for place, (name, (value, _)) in enumerate(HOSTILE.items(), 1):
        if value.isascii() and value.isprintable() if isinstance(value, str) else value.isascii() and b"\x1b" not in value:
            expected = value.decode().rstrip(" \0")
            assert pd.isna(found[study_uid(place)]) if len(value) > 10_000 else found[study_uid(place)] == expected.strip(" "), (
                name
            )


def test_no_path_leaves_the_folder_or_misleads(shown):
    """Names made of hostile values stay below the folder, hold no control character, and never begin like an option."""
    folder = shown["result"].folder
    paths = [Path(path) for path in shown["result"].instances["path"]]
    assert len(set(paths)) == len(HOSTILE)
    for path in paths:
        assert path.resolve().is_relative_to(folder.resolve())
        for part in path.relative_to(folder).parts:
            assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in part)
            assert not part.startswith(("-", "~", "."))
            assert part.upper() not in ("CON", "NUL")


def test_the_journal_holds_them_as_values(shown):
    """SQL in a value is a value: all tables are there, and sound."""
    with closing(sqlite3.connect(shown["result"].folder / ".dicommove" / "journal.sqlite")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM arrivals").fetchone() == (len(HOSTILE),)


def test_a_spreadsheet_runs_nothing(shown, tmp_path):
    """No cell of the CSV file is a formula or steers a terminal, its rows are whole, and numbers stay numbers."""
    text = shown["catalogue"].to_csv(tmp_path / "all.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(HOSTILE)
    for row in rows:
        for name, value in row.items():
            assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d")), (name, value)
    assert steering(text.replace("\r\n", "\n")) == []
    assert any(row["SeriesDescription"] == "'=cmd|' /C calc'!A1" for row in rows)
    assert {row["Rows"] for row in rows} == {"4"}


def test_negative_numbers_are_no_text(tmp_path):
    """A column of numbers has none that begins with an apostrophe."""
    frame = pd.DataFrame({"a": pd.array([-1, None], "Int64"), "b": [-0.5, 2.0], "c": ["-1", None]})
    assert write_csv(frame, tmp_path / "n.csv").read_text("utf-8-sig").split() == ["a,b,c", "-1,-0.5,'-1", ",2.0,"]


def test_parquet_keeps_them(shown, tmp_path):
    """Every value comes back as it is in the table."""
    pytest.importorskip("pyarrow")
    back = pd.read_parquet(shown["catalogue"].to_parquet(tmp_path / "all.parquet"))
    assert back["SeriesDescription"].fillna("").tolist() == shown["catalogue"].instances["SeriesDescription"].fillna("").tolist()


def test_a_report_is_no_page_of_the_archive(shown, tmp_path):
    """Rendered, it has our headings and tables, and neither a link nor a picture nor an element of somebody else."""
    text = shown["result"].report(tmp_path / "r.md", private=False).read_text(encoding="utf-8")
    assert steering(text) == []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    kinds = {token.type for token in [*tokens, *inline]}
    assert not kinds & {"image", "link_open", "html_inline", "html_block", "strong_open"}
    widths = [line.count("|") - line.count("\\|") for line in text.splitlines() if line.startswith("|")]
    assert len(set(widths)) <= 8
    assert sum(token.type == "heading_open" for token in tokens) == 7


def test_a_report_in_json_is_one_document(shown, tmp_path):
    """ASCII, and whole."""
    text = shown["result"].report(tmp_path / "r.json", private=False).read_text(encoding="utf-8")
    assert json.loads(text)["counts"]["received"] == len(HOSTILE)
    assert steering(text) == []


def test_log_lines_stay_lines(shown):
    """Nothing of a value stands in them."""
    text = shown["log"].getvalue()
    assert steering(text) == []
    assert "alert(1)" not in text


def test_captions_are_drawn_as_they_are_written(shown):
    """A dollar sign is no formula, and what no font has is no warning."""
    sheet = shown["result"].contact_sheet(private=False)
    assert sheet._repr_png_().startswith(b"\x89PNG")


def test_the_state_of_a_preview_is_plain_text(shown):
    """What goes to the browser is JSON, which the page sets as text: no line of it makes HTML of a value."""
    panel = shown["result"].preview()
    state = {
        name: value for name, value in panel.get_state().items() if not isinstance(value, bytes) and not name.startswith("_")
    }
    json.dumps(state, default=str).encode()
    scripts = Path(dm.__file__).parent / "panels" / "static"
    for script in scripts.rglob("*.js"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", script.read_text()
        ), script
