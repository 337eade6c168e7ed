"""The columns of every table: names, order and kinds are constants. A new table is a constant here."""

from __future__ import annotations

__all__ = [
    "CALLERS",
    "CATALOGUE",
    "CHANGES",
    "CONFLICTS",
    "INSTANCES",
    "LEDGER",
    "MATCH",
    "MOVES",
    "OUTCOMES",
    "PEEK",
    "PLANES",
    "PROBES",
    "PROGRESS",
    "PURGES",
    "REQUESTS",
    "SERIES",
    "SOURCES",
    "STATES",
    "STUDIES",
    "UIDS",
    "UNIQUE_KEYS",
    "VERIFICATION",
    "Kind",
    "attribute",
]

Kind = str | tuple[str, ...]
"""``text``, ``date``, ``moment`` (UTC), ``whole``, ``number``, ``flag``; or the constant categories of a state."""

STATES = ("received", "missing", "failed", "unexpected", "conflict", "quarantined", "refused", "not_observed")
OUTCOMES = ("complete", "partial", "unverified", "no_match", "refused", "cancelled", "lost")
SOURCES = ("instances", "counts", "peer", "none")
FOUND = ("found", "none", "several", "refused")
CATEGORIES = ("Success", "Pending", "Cancel", "Warning", "Failure", "Unknown")

_KIND_OF = {"DA": "date"} | dict.fromkeys(("IS", "US", "SS", "UL", "SL"), "whole") | dict.fromkeys(("DS", "FL", "FD"), "number")


def attribute(keyword: str) -> Kind:
    """Kind of the column that holds an attribute, by its VR and Value Multiplicity (PS3.6).

    Examples
    --------
    >>> attribute("StudyDate"), attribute("InstanceNumber"), attribute("PixelSpacing")
    ('date', 'whole', 'text')
    """
    from pydicom.datadict import dictionary_VM, dictionary_VR  # noqa: PLC0415 - as pandas: only when a frame is built

    try:
        vr, vm = dictionary_VR(keyword), dictionary_VM(keyword)
    except (KeyError, ValueError):
        return "text"
    return _KIND_OF.get(vr, "text") if vm == "1" else "text"


def _attributes(*keywords: str) -> dict[str, str]:
    return dict.fromkeys(keywords, "attribute")


UIDS = _attributes("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
UNIQUE_KEYS = _attributes("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")

REQUESTS: dict[str, Kind] = {
    "request": "whole",
    "row": "whole",
    "match": FOUND,
    "reason": "text",
    "level": ("PATIENT", "STUDY", "SERIES", "IMAGE"),
    **UNIQUE_KEYS,
    "attempt": "whole",
    "Status": "whole",
    "expected_by": SOURCES,
    "expected_at": "moment",
    "expected": "whole",
    "received": "whole",
    "outcome": OUTCOMES,
    "seconds": "number",
}
PROGRESS: dict[str, Kind] = {
    "received_at": "moment",
    "request": "whole",
    "Status": "whole",
    "status_category": CATEGORIES,
    "status_meaning": "text",
    "NumberOfRemainingSuboperations": "whole",
    "NumberOfCompletedSuboperations": "whole",
    "NumberOfFailedSuboperations": "whole",
    "NumberOfWarningSuboperations": "whole",
    "ErrorComment": "text",
    "FailedSOPInstanceUIDList": "text",
}
INSTANCES: dict[str, Kind] = {
    "received_at": "moment",
    "row": "whole",
    "path": "text",
    "size_bytes": "whole",
    "seconds": "number",
    "sha256": "text",
    **_attributes("PatientID", "PatientName", "AccessionNumber", "StudyInstanceUID", "StudyDate", "StudyTime"),
    **_attributes("StudyDescription", "SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "SOPInstanceUID"),
    **_attributes("SOPClassUID", "TransferSyntaxUID", "Modality", "ImageType", "InstanceNumber", "Rows", "Columns"),
    **_attributes("NumberOfFrames", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"),
    **_attributes("FrameOfReferenceUID", "ConvolutionKernel"),
    "status": "whole",
}
LEDGER: dict[str, Kind] = {
    **UIDS,
    "expected": "flag",
    "received": "flag",
    "reported_failed": "flag",
    "copies": "whole",
    "state": STATES,
    "reason": "text",
    "request": "whole",
    "path": "text",
}
SERIES: dict[str, Kind] = {
    **_attributes("StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "Modality", "SeriesDescription"),
    "expected_by": SOURCES,
    "expected": "whole",
    "received": "whole",
    "state": ("complete", "partial", "unverified", "missing"),
    "size_bytes": "whole",
    "folder": "text",
}
STUDIES: dict[str, Kind] = {
    **_attributes("PatientID", "AccessionNumber", "StudyInstanceUID", "StudyDate", "StudyDescription"),
    "series": "whole",
    "expected_by": SOURCES,
    "expected": "whole",
    "received": "whole",
    "state": ("complete", "partial", "unverified", "missing"),
    "size_bytes": "whole",
}
CONFLICTS: dict[str, Kind] = {
    **UIDS,
    "request": "whole",
    "received_at": "moment",
    "differs": "text",
    "pixel_data_same": "flag",
    "path": "text",
    "size_bytes": "whole",
    **_attributes("TransferSyntaxUID"),
    "other_path": "text",
    "other_size_bytes": "whole",
    "other_transfer_syntax_uid": "text",
    "reason": "text",
}
CHANGES: dict[str, Kind] = {
    **UIDS,
    "request": "whole",
    "change": ("added", "removed"),
    "received": "flag",
}
CATALOGUE: dict[str, Kind] = {"operation": "whole", **INSTANCES}
"""Instances of all operations of a data folder."""
MOVES: dict[str, Kind] = {
    "operation": "whole",
    "kind": ("move", "scan", "purge"),
    "began_at": "moment",
    "ended_at": "moment",
    "archive": "text",
    "user": "text",
    "host": "text",
    "purpose": "text",
    "dicommove": "text",
    "requests": "whole",
    "outcome": OUTCOMES,
}
PURGES: dict[str, Kind] = {
    "operation": "whole",
    "purged_at": "moment",
    "user": "text",
    "host": "text",
    "purpose": "text",
    "study_sha256": "text",
    "instances": "whole",
    "files": "whole",
    "size_bytes": "whole",
    "rows": "whole",
}
VERIFICATION: dict[str, Kind] = {
    "path": "text",
    **_attributes("SOPInstanceUID"),
    "problem": ("missing", "truncated", "changed", "touched", "unreadable", "foreign"),
    "reason": "text",
    "size_bytes": "whole",
    "recorded_size_bytes": "whole",
}
MATCH: dict[str, Kind] = {"row": "whole", "match": FOUND, "reason": "text", **UIDS}
"""What `match` adds to the user's own columns."""
CALLERS: dict[str, Kind] = {
    "called_at": "moment",
    "address": "text",
    "calling_ae_title": "text",
    "called_ae_title": "text",
    "state": ("open", "released", "rejected", "aborted", "lost", "unheard"),
    "echoes": "whole",
    "stored": "whole",
    "refused": "whole",
    "reason": "text",
    "what_to_do": "text",
}
"""Who called while our port was open for a test."""
VERDICTS = ("ok", "absent", "unknown", "failed", "not tried")
PROBES: dict[str, Kind] = {
    "probe": "text",
    "verdict": VERDICTS,
    "seconds": "number",
    "found": "text",
    "what_to_do": "text",
}
"""What was tried before the first move, and what came of it."""
PLANES = ("axial", "coronal", "sagittal", "oblique")
PEEK: dict[str, Kind] = {
    **_attributes("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "Modality", "SeriesDescription"),
    "count": "whole",
    **_attributes("ImageType"),
    "plane": PLANES,
    **_attributes("SliceThickness", "SpacingBetweenSlices", "PixelSpacing", "ConvolutionKernel", "ContrastBolusAgent"),
    **_attributes("SequenceName", "EchoTime", "RepetitionTime", "Manufacturer", "ManufacturerModelName"),
    "path": "text",
    "reason": "text",
}
"""One row per series: how it was acquired, by one instance. It has no SOP Instance UID, so that moving it moves series."""
