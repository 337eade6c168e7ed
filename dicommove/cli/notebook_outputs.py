"""Outputs of a saved notebook that hold patient data, or may: found by what they are and by what is written in them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Finding", "cleaned"]

_KEYWORD = re.compile(
    r"""\b(?:
    PatientName|PatientID|PatientBirthDate|PatientBirthName|PatientAddress|PatientTelephoneNumbers|PatientComments|
    PatientMotherBirthName|OtherPatientIDs|OtherPatientNames|IssuerOfPatientID|AccessionNumber|StudyID|StudyInstanceUID|
    SeriesInstanceUID|SOPInstanceUID|FrameOfReferenceUID|ReferringPhysicianName|PerformingPhysicianName|RequestingPhysician|
    NameOfPhysiciansReadingStudy|PhysiciansOfRecord|OperatorsName|InstitutionName|InstitutionAddress|
    RequestedProcedureID|AdmissionID
    )\b""",
    re.VERBOSE,
)
"""Attributes whose value names a person or a study of one (PS3.15 Table E.1-1), as far as archives return them."""
_NAME = re.compile(r"[^\W\d_][\w'\u2019 -]{0,64}\^[^\W\d_]")
"""A name as DICOM writes it: family and given name with a caret between (PS3.5 6.2); a bounded one, for megabytes of letters."""
_UID = re.compile(r"(?<![\d.])(?!1\.2\.840\.10008\.)\d+(?:\.\d+){5,}(?!\.?\d)")
"""A UID, also at the end of a sentence, unless it is one of the Standard's own."""
_PICTURE_IN_HTML = re.compile(r"<(?:img|canvas|svg|image)\b|data:image/", re.IGNORECASE)
_OWN = 'class="dm-repr"'
"""Marks the HTML of this package, which shows series facts unless it is told otherwise."""
_WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a notebook that holds patient data, or may.

    Attributes
    ----------
    cell : int or None
        Number of the cell, from 1 at the top; None: in the notebook's own metadata.
    text : str
        What it is; never the data itself.
    removed : bool
        Outputs are removed; what somebody wrote is not.
    """

    cell: int | None
    text: str
    removed: bool = True


def cleaned(notebook: dict[str, Any], *, everything: bool = False) -> tuple[dict[str, Any], list[Finding]]:
    """Take out the outputs that hold patient data, or may.

    Parameters
    ----------
    notebook : dict
        The file's JSON (nbformat 4); it is not changed.
    everything : bool
        Take out all outputs.

    Returns
    -------
    notebook : dict
        The same without them.
    findings : list of Finding
        In the order of the notebook.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": "name", "outputs": [{"output_type": "stream", "text": "MEIER^ANNA"}]}
    >>> clean, findings = cleaned({"nbformat": 4, "metadata": {}, "cells": [cell]})
    >>> clean["cells"][0]["outputs"], [finding.text for finding in findings]
    ([], ['a name'])
    """
    findings: list[Finding] = []
    cells = [_cleaned_cell(cell, number, findings, everything) for number, cell in enumerate(notebook["cells"], 1)]
    metadata = dict(notebook.get("metadata", {}))
    if metadata.pop("widgets", None) is not None:
        findings.append(Finding(None, "the saved state of widgets"))
    return {**notebook, "metadata": metadata, "cells": cells}, findings


def _cleaned_cell(cell: dict[str, Any], number: int, findings: list[Finding], everything: bool) -> dict[str, Any]:
    source = _joined(cell.get("source"))
    if cell.get("attachments"):
        findings.append(Finding(number, "attached pictures", removed=False))
    if found := _named_in(source):
        findings.append(Finding(number, f"what is written in the cell: {found}", removed=False))
    if not cell.get("outputs"):
        return cell
    kept = []
    for output in cell["outputs"]:
        reason = "an output" if everything else _reason(output, source)
        if reason is None:
            kept.append(output)
        else:
            findings.append(Finding(number, reason))
    return {**cell, "outputs": kept}


def _reason(output: dict[str, Any], source: str) -> str | None:
    """Why an output is taken out; None when nothing speaks for it."""
    data = output.get("data", {})
    texts = list(_texts(output))
    if any(kind.startswith(("image/", "application/pdf")) for kind in data) or any(map(_PICTURE_IN_HTML.search, texts)):
        return "a picture"
    if _WIDGET in data:
        return "a panel, which is nothing without its kernel"
    found = next((found for text in texts if (found := _named_in(text))), None)
    if found is None and not any(_OWN in text for text in texts) and (keyword := _KEYWORD.search(source)):
        return f"what the cell makes of {keyword.group()}"
    return found


def _texts(output: dict[str, Any]) -> Iterator[str]:
    """Everything that is written in an output."""
    yield _joined(output.get("text"))
    yield _joined(output.get("evalue"))
    yield _joined(output.get("traceback"))
    yield json.dumps(output.get("metadata"), ensure_ascii=False)
    for value in output.get("data", {}).values():
        yield _joined(value) if isinstance(value, (str, list)) else json.dumps(value, ensure_ascii=False)


def _named_in(text: str) -> str | None:
    """What names somebody in a text, in words."""
    if keyword := _KEYWORD.search(text):
        return keyword.group()
    if _NAME.search(text):
        return "a name"
    return "a UID" if _UID.search(text) else None


def _joined(lines: object) -> str:
    """Text of a notebook's file, which is a string or a list of lines."""
    if isinstance(lines, list):
        return "".join(map(str, lines))
    return "" if lines is None else str(lines)
