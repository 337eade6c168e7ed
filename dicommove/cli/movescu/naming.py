"""File names of ``movescu``: a prefix for the SOP Class, and the SOP Instance UID."""

from __future__ import annotations

__all__ = ["LAYOUT", "prefix"]

LAYOUT = "{row.prefix}.{SOPInstanceUID}"
"""Template of the store; a UID with other than digits and dots carries a digest, so that two never have one name."""

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_PREFIXES = {
    "1": "CR",
    "2": "CT",
    "2.1": "CTE",
    "4": "MR",
    "4.1": "MRE",
    "6.1": "US",
    "6.2": "USE",
    "7": "SC",
    "12.1": "XA",
    "12.1.1": "XAE",
    "20": "NM",
    "128": "PT",
    "130": "PTE",
    "481.1": "RI",
    "481.2": "RD",
    "481.3": "RS",
    "481.5": "RP",
}


def prefix(sop_class_uid: str) -> str:
    """Prefix of the names of a SOP Class.

    Examples
    --------
    >>> prefix("1.2.840.10008.5.1.4.1.1.2"), prefix("1.2.3")
    ('CT', 'UN')
    """
    if not sop_class_uid.startswith(_STORAGE):
        return "UN"
    return _PREFIXES.get(sop_class_uid.removeprefix(_STORAGE), "UN")
