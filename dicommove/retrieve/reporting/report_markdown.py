"""A report as Markdown: for a methods section, an audit, and whoever wants to retrieve the same again. Pure.

Every value is escaped for the place where it stands: an archive can neither write tables nor links into the page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ...markup import visible
from ..planning.guards import in_bytes
from .commands import FOLDER
from .report_privacy import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Document = Mapping[str, Any]

__all__ = ["markdown_of"]

_LONGEST = 1000
_SPECIAL = re.compile(r"([\\`*_\[\]|~$@]|(?<=:)//|(?<=www)\.)")
_REQUESTS = ("request", "attempt", "sent_at", "message_id", "status", "completed", "failed", "warning", "expected", "received",
             "outcome", "seconds", "reason")  # fmt: skip
_SERIES = ("SeriesInstanceUID", "Modality", "SeriesNumber", "SeriesDescription", "expected", "received", "state", "size_bytes")
_INSTANCES = ("SOPInstanceUID", "state", "reason", "request")
_FILES = ("SOPInstanceUID", "size_bytes", "sha256")
_NAMES = {"pynetdicom": "pynetdicom", "dcmtk": "DCMTK", "dicommove": "dicommove"}


def markdown_of(document: Document) -> str:
    """Write a document of `document_of`.

    Parameters
    ----------
    document : Mapping
    """
    return "\n".join(
        [
            f"# DICOM retrieval: {document['outcome']}",
            "",
            _sentence(document),
            *_section("What was done", _table(("Fact", "Value"), _facts(document))),
            *_section("What was asked for", _question(document)),
            *_section("What came", _came(document)),
            *_section("The C-MOVE requests", _requests(document)),
            *_section("Hashes", _hashes(document["hashes"])),
            *_section("How to retrieve the same again", _again(document)),
            "",
        ]
    )


def escaped(value: object) -> str:
    r"""Text of a value as it may stand in a cell of a table: one line, nothing in it means anything to Markdown or HTML.

    Examples
    --------
    >>> print(escaped("a|b <b>*x*</b> http://x"))
    a\|b &lt;b&gt;\*x\*&lt;/b&gt; http:\//x
    """
    if value is None:
        return "-"
    text = _SPECIAL.sub(r"\\\1", visible(value, _LONGEST))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fenced(lines: Sequence[str]) -> list[str]:
    """Lines as a block of code, whose fence is longer than any in them."""
    shown = [visible(line, len(line) + 1) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}sh", *shown, fence]


def _sentence(document: Document) -> str:
    """What a methods section needs, in words."""
    counts, archive = document["counts"], document["archive"]
    received = "an unobserved number of" if counts["received"] is None else str(counts["received"])
    expected = f" of {counts['expected']} expected" if counts["expected"] is not None else ""
    what = f"{received}{expected} SOP Instances ({counts['series']} series, {counts['studies']} studies)"
    used = ", ".join(f"{name} {number}" for name, number in document["versions"].items() if number and name != "python")
    return (
        f"On {str(document['began_at'])[:10]}, {what} were retrieved from {escaped(archive['ae_title'])} by DICOM C-MOVE "
        f"({_words(document['model'])} model, PS3.4 C.4.2) with {escaped(used)}; the outcome is *{document['outcome']}*: "
        f"{escaped(document['reason'])}."
    )


def _facts(document: Document) -> Iterator[tuple[object, object]]:
    archive, destination, asked_by = document["archive"], document["destination"], document["asked_by"]
    made_by = " ".join(archive[name] for name in ("implementation_version_name", "implementation_class_uid") if archive[name])
    yield "Outcome", f"{document['outcome']}: {document['reason']}"
    if document["cancel_worked"] is not None:
        yield "Cancelled", "the archive obeyed C-CANCEL" if document["cancel_worked"] else "C-CANCEL was ignored; aborted"
    yield "Began, ended (UTC)", f"{_moment(document['began_at'])}, {_moment(document['ended_at'])}"
    yield "Asked by", "@".join(str(asked_by[name]) for name in ("user", "host") if asked_by[name])
    yield "Purpose", document["purpose"]
    yield "Archive", f"{archive['ae_title']}@{archive['host']}:{archive['port']}" + (f" ({made_by})" if made_by else "")
    yield "Calling AE title", document["calling_ae_title"]
    port = f", port {destination['port']}" if destination["port"] is not None else ", another system: nothing was observed there"
    yield "Move destination", destination["ae_title"] + port
    yield "Information model, priority", f"{_words(document['model'])}, {document['priority']}"
    yield "Software", ", ".join(f"{name} {number}" for name, number in document["versions"].items() if number)
    yield "Folder", document["folder"]
    if document["resumes"] is not None:
        yield "Goes on with", f"operation {document['resumes']} of that folder"
    yield from (("Warning", warning) for warning in document["warnings"])


def _question(document: Document) -> list[str]:
    question, rows = document["question"], document["rows"]
    asked = f"It took {document['searches']} C-FINDs to find the unique keys."
    if "rows" in question:
        matched = ", ".join(f"{number} {match}" for match, number in rows.items())
        return [
            f"A table of {question['rows']} rows, by {escaped(', '.join(question['columns']))} ({escaped(matched)}). {asked}",
            "",
        ]
    if "keys" not in question:
        return ["It was not recorded: an earlier version has made this move.", ""]
    keys = [(key["level"], key["keyword"], " or ".join(key["values"])) for key in question["keys"]]
    return [f"A query at {question['level']} level. {asked}", "", *_table(("level", "key", "value"), keys)]


def _came(document: Document) -> list[str]:
    counts, states = document["counts"], document["states"]
    by = ", ".join(counts["expected_by"])
    size = "" if counts["size_bytes"] is None else f", {in_bytes(counts['size_bytes'])}"
    lines = [
        (
            f"Expected {escaped(counts['expected'])} (known by: {by}), received {escaped(counts['received'])}{size}. "
            f"Ledger: {escaped(', '.join(f'{number} {state}' for state, number in states.items()) or 'empty')}."
        ),
        "",
        *_rows(_SERIES, document["series"]),
    ]
    lacking = document["not_received"]
    return [*lines, "", f"Not received as expected: {len(lacking)}.", "", *_rows(_INSTANCES, lacking)] if lacking else lines


def _requests(document: Document) -> list[str]:
    lines = _rows(_REQUESTS, [one | {"sent_at": _moment(one["sent_at"])} for one in document["requests"]])
    keys = [
        (one["request"], one["model"], "; ".join(f"{keyword} = {text}" for keyword, text in one["identifier"].items()))
        for one in document["requests"]
    ]
    return [*lines, "", "Identifiers (unique keys and nothing else, PS3.4 C.4.2.2.1):", "",
            *_table(("request", "model", "Identifier"), keys)]  # fmt: skip


def _hashes(hashes: Document | None) -> list[str]:
    if hashes is None:
        return ["None were asked for.", ""]
    lines = [
        f"SHA-256 of the manifest of {hashes['files']} files: `{hashes['manifest_sha256']}`",
        "",
        (
            "The manifest has one line for each file, in the order of the UIDs: the SHA-256 of the whole file, two spaces, its "
            "SOP Instance UID, a line feed."
        ),
        "",
    ]
    if hashes["left_out"]:
        lines += [f"Not in it: {len(hashes['left_out'])} files.", "", *_rows(("SOPInstanceUID", "reason"), hashes["left_out"])]
    return [*lines, *_rows(_FILES, hashes["per_file"])] if hashes["per_file"] is not None else lines


def _again(document: Document) -> Iterator[str]:
    """The lines, after what they need."""
    destination = document["destination"]
    if destination["port"] is not None:
        yield (
            f"The archive has to know {escaped(destination['ae_title'])} with this computer and port {destination['port']}; "
            f"nothing else may listen on it meanwhile. What comes goes into the folder `{FOLDER}` (`mkdir {FOLDER}` first)."
        )
        yield ""
    if document["secured"]["tls"] or document["secured"]["user_identity"]:
        yield "The archive was called with TLS or a user identity, which these lines do not have."
        yield ""
    if any(LEFT_OUT in text for one in document["requests"] for text in one["identifier"].values()):
        yield f"Put the Patient ID in the place of {escaped(LEFT_OUT)}; `report(..., private=False)` writes it."
        yield ""
    for program, lines in document["commands"].items():
        yield f"{_NAMES[program]}:"
        yield ""
        yield from fenced(lines)
        yield ""


def _section(title: str, lines: Iterable[str]) -> list[str]:
    shown = list(lines)
    while shown and not shown[-1]:
        shown.pop()
    return ["", f"## {title}", "", *shown]


def _rows(names: Sequence[str], rows: Sequence[Document]) -> list[str]:
    """A table of those of the columns that the rows have."""
    present = [name for name in names if rows and name in rows[0]]
    return _table(present, ([row[name] for name in present] for row in rows)) if rows else ["None.", ""]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *([escaped(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _moment(text: object) -> str:
    return str(text)[:19].replace("T", " ") if text else "-"


def _words(model: str) -> str:
    return model.replace("_", " ").title()
