"""Reports: true to the journal, without patient data unless asked, and safe for the place where they are read."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

import pandas as pd
import pytest

import dicommove as dm
from dicommove.errors import QueryError, StoreError
from dicommove.retrieve.reporting.commands import Call, command_lines
from dicommove.retrieve.reporting.report_markdown import escaped, fenced
from dicommove.retrieve.reporting.report_privacy import LEFT_OUT
from dicommove.terms import InformationModel

NAMES = ("MEIER", "Meier", "ANNA", "000123")


@pytest.fixture
def read(tmp_path):
    """Write the report of a result as JSON and read it."""
    return lambda result, **how: json.loads(result.report(tmp_path / "move.json", **how).read_text(encoding="utf-8"))


@pytest.fixture
def partial(demo, data):
    """The result of a query by name and date of which three instances did not come."""
    query = demo(fault="drop:3").studies().where(PatientName="MEIER*", StudyDate=dm.between("2024-01-01", None))
    return query.move(data, stragglers=0, progress=False, purpose="approval 17/2024")


def test_a_report_says_what_the_tables_say(partial, read):
    """Question, archive, versions, counts, ledger and requests are those of the result and of the journal."""
    report = read(partial)
    assert report["outcome"] == "partial"
    assert report["reason"] == partial.reason
    assert report["purpose"] == "approval 17/2024"
    assert report["archive"]["ae_title"] == partial.plan.remote.ae_title
    assert report["archive"]["implementation_version_name"].startswith("DICOMMOVE")
    assert set(report["versions"]) == {"python", "dicommove", "pydicom", "pynetdicom"}
    assert report["states"] == partial.ledger["state"].value_counts().loc[lambda count: count > 0].to_dict()
    assert report["counts"]["received"] == int(partial.ledger["received"].sum())
    assert [row["SOPInstanceUID"] for row in report["not_received"]] == list(
        partial.ledger.loc[partial.ledger["state"] == "missing", "SOPInstanceUID"]
    )
    assert [one["status"] for one in report["requests"]] == ["0x0000"] * len(partial.requests)
    assert [one["identifier"]["StudyInstanceUID"] for one in report["requests"]] == list(partial.requests["StudyInstanceUID"])
    assert len({one["message_id"] for one in report["requests"]}) == len(partial.requests)
    assert {key["keyword"]: key["values"] for key in report["question"]["keys"]} == {
        "PatientName": [LEFT_OUT], "StudyDate": ["20240101-"],
    }  # fmt: skip


@pytest.mark.parametrize("ending", ["md", "json"])
def test_no_patient_data_unless_asked_for(partial, tmp_path, ending):
    """Neither the question, nor an Identifier, nor a description tells of a person; with private=False they do."""
    text = partial.report(tmp_path / f"move.{ending}").read_text(encoding="utf-8")
    assert not [name for name in NAMES if name in text]
    assert not [description for description in partial.series["SeriesDescription"].dropna() if description in text]
    asked = partial.report(tmp_path / f"whole.{ending}", private=False).read_text(encoding="utf-8")
    assert "MEIER" in asked


def test_the_identifier_of_patient_root_holds_no_patient_id(demo, data, read):
    """It is what the C-MOVE had; the lines say that something is to be put there, and write it when asked."""
    pacs = demo()
    result = pacs.studies().model("PATIENT_ROOT").where(PatientID="JP-0042").move(data, progress=False)
    private, whole = read(result), read(result, private=False)
    assert private["requests"][0]["identifier"]["PatientID"] == LEFT_OUT
    assert whole["requests"][0]["identifier"]["PatientID"] == "JP-0042"
    assert " -P " in whole["commands"]["dcmtk"][0]
    assert "PatientID=JP-0042" in whole["commands"]["dcmtk"][0]
    assert LEFT_OUT in private["commands"]["dcmtk"][0]


def test_the_manifest_can_be_made_again(pacs, anna, data, read):
    """By what the report says of it: hash of each file, two spaces, UID, line feed, in the order of the UIDs."""
    result = anna(pacs).move(data, progress=False)
    hashes = read(result, hashes="files")["hashes"]
    files = {row.SOPInstanceUID: row.path for row in result.instances.itertuples()}
    with_hash = {uid: hashlib.sha256(Path(path).read_bytes()).hexdigest() for uid, path in files.items()}
    text = "".join(f"{with_hash[uid]}  {uid}\n" for uid in sorted(files))
    assert hashes["manifest_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert {one["SOPInstanceUID"]: one["sha256"] for one in hashes["per_file"]} == with_hash
    assert read(result)["hashes"] == hashes | {"per_file": None}
    assert read(result, hashes=None)["hashes"] is None


def test_a_report_is_a_measure_for_later(pacs, anna, data, read):
    """What it hashed is in the journal: verify() proves those bytes, and a report names what was not there as it came."""
    result = anna(pacs).series().where(Modality="SR").move(data, progress=False)
    catalog = dm.Catalog(data)
    assert catalog.verify().attrs == {"checked": 1, "proven": 0}
    first = read(result)["hashes"]
    assert catalog.verify().attrs == {"checked": 1, "proven": 1}
    os.truncate(result.instances["path"][0], 200)
    assert read(result)["hashes"] == first
    assert list(catalog.verify()["problem"]) == ["truncated"]


def test_a_file_that_is_gone_is_not_in_the_manifest(pacs, anna, data, read):
    """Nobody hashed it in time: it is left out, with the reason."""
    result = anna(pacs).series().where(Modality="SR").move(data, progress=False)
    next(data.rglob("*.dcm")).unlink()
    hashes = read(result)["hashes"]
    assert (hashes["files"], len(hashes["left_out"])) == (0, 1)
    assert hashes["left_out"][0]["reason"].startswith("missing")


def test_a_table_is_told_by_rows_and_columns(pacs, data, read):
    """Its cells are patient data; how many rows, by which column, and what became of them is not."""
    table = pd.DataFrame({"AccessionNumber": ["A20240061", "NONE"]}, dtype="string")
    report = read(pacs.move(table, data, progress=False))
    assert report["question"] == {"level": "STUDY", "rows": 2, "columns": ["AccessionNumber"]}
    assert report["rows"] == {"found": 1, "none": 1}


def test_a_reopened_result_gives_the_same_report(partial, read, data):
    """It is made of the journal, so it can be written years later."""
    first, later = read(partial), read(dm.reopen(data))
    assert first | {"written_at": ""} == later | {"written_at": ""}


def test_what_went_to_another_destination_was_not_observed(pacs, anna, data, tmp_path, read):
    """No number is made up, and the lines open no port."""
    result = anna(pacs).move(data, destination="NOBODY", progress=False)
    report = read(result)
    assert report["counts"]["received"] is None
    assert report["destination"] == {"ae_title": "NOBODY", "port": None, "ours": False}
    assert not any("+P" in line or "--store" in line for lines in report["commands"].values() for line in lines)
    assert "an unobserved number" in result.report(tmp_path / "third.md").read_text()


def test_markdown_holds_what_json_holds(partial, tmp_path):
    """Every request, series, and instance that is missing is in both; the tables have as many cells in each row."""
    text = partial.report(tmp_path / "move.md", hashes="files").read_text(encoding="utf-8")
    for uid in (*partial.ledger["SOPInstanceUID"], *partial.series["SeriesInstanceUID"], *partial.requests["StudyInstanceUID"]):
        assert uid in text
    tables = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert len(tables) >= 6
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a|b", r"a\|b"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[x](javascript:y)", r"\[x\](javascript:y)"),
        ("![x](http://h/y.png)", r"!\[x\](http:\//h/y.png)"),
        ("www.h.org", r"www\.h.org"),
        ("a@b.org", r"a\@b.org"),
        ("a\n# b\r| c", r"a # b\\u000d\| c"),
        ("`x`", r"\`x\`"),
        ("a&amp;b", "a&amp;amp;b"),
        ("\u202egnp.exe", "\\\\u202egnp.exe"),
        (None, "-"),
    ],
)
def test_values_mean_nothing_to_markdown(value, shown):
    """Neither a table, nor a link, nor HTML, nor a line of its own can be written by an archive."""
    assert escaped(value) == shown


def test_a_fence_is_longer_than_what_it_holds():
    """Lines of code cannot end the block that they stand in."""
    assert fenced(["a", "```", "b ````` c"])[0] == "``````sh"
    assert fenced(["a\nb"])[1] == "a b"


def test_lines_are_quoted_for_the_shell():
    """A Patient ID with a quote and a command in it stays one word."""
    keys = {"QueryRetrieveLevel": "STUDY", "PatientID": "a'; rm -rf $HOME", "StudyInstanceUID": "1.2"}
    (line,) = command_lines("dicommove", Call("h", 104, "A", "B", "C", 1), InformationModel.PATIENT_ROOT, [keys])
    assert """'PatientID=a'"'"'; rm -rf $HOME'""" in line


def test_a_report_has_a_format_that_is_known(pacs, anna, data, tmp_path):
    """Another ending, another kind of hashes, and a folder that is not there are said."""
    result = anna(pacs).series().where(Modality="SR").move(data, progress=False)
    with pytest.raises(QueryError, match=r"ends in \.md or \.json"):
        result.report(tmp_path / "move.pdf")
    with pytest.raises(QueryError, match="'manifest', 'files' or None"):
        result.report(tmp_path / "move.md", hashes="md5")
    with pytest.raises(StoreError, match="cannot be written"):
        result.report(tmp_path / "nowhere" / "move.md")
    assert result.report(tmp_path / "move.md") == tmp_path / "move.md"
