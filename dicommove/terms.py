"""The vocabulary of PS3.4 to PS3.8 that more than one room uses, as enums and tables; no I/O, no third-party module."""

from __future__ import annotations

import re
from enum import Enum, StrEnum

IMPLEMENTATION_CLASS_UID = "2.25.143817221467322890107836013254811220471"
"""Identifies this implementation in negotiation and File Meta Information (PS3.7 D.3.3.2); a UUID-derived UID (PS3.5 B.2)."""
IMPLEMENTATION_VERSION_NAME = "DICOMMOVE_1"
"""At most 16 characters (PS3.7 D.3.3.2.3)."""

VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1.99"
EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2"

NATIVE_TRANSFER_SYNTAXES = (
    EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
)
"""The uncompressed ones, best first: what names its VRs loses nothing; deflated last, for it cannot be read in part."""

DEFLATED_TRANSFER_SYNTAXES = frozenset({DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
"""Those whose whole data set is deflated (PS3.5 A.5, A.7); the others: JPIP Referenced."""


class Level(StrEnum):
    """A Query/Retrieve Level, from the top down (PS3.4 C.3, C.6).

    Examples
    --------
    >>> Level.SERIES.unique_key, Level.SERIES.above, Level.IMAGE > Level.STUDY
    ('SeriesInstanceUID', (<Level.PATIENT: 'PATIENT'>, <Level.STUDY: 'STUDY'>), True)
    """

    PATIENT = "PATIENT"
    STUDY = "STUDY"
    SERIES = "SERIES"
    IMAGE = "IMAGE"

    @property
    def depth(self) -> int:
        """0 for PATIENT to 3 for IMAGE."""
        return _LEVELS.index(self)

    @property
    def unique_key(self) -> str:
        """Keyword of the level's unique key (PS3.4 C.6.1.1)."""
        return _UNIQUE_KEYS[self.depth]

    @property
    def above(self) -> tuple[Level, ...]:
        """The levels above this one, from the top down."""
        return _LEVELS[: self.depth]

    @property
    def up_to(self) -> tuple[Level, ...]:
        """The levels above and this one, from the top down."""
        return _LEVELS[: self.depth + 1]

    @property
    def below(self) -> Level | None:
        """The next level down; None at IMAGE."""
        return None if self is Level.IMAGE else _LEVELS[self.depth + 1]

    def __lt__(self, other: str) -> bool:
        return self.depth < Level(other).depth

    def __le__(self, other: str) -> bool:
        return self.depth <= Level(other).depth

    def __gt__(self, other: str) -> bool:
        return self.depth > Level(other).depth

    def __ge__(self, other: str) -> bool:
        return self.depth >= Level(other).depth


_LEVELS = (Level.PATIENT, Level.STUDY, Level.SERIES, Level.IMAGE)
_UNIQUE_KEYS = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


class InformationModel(Enum):
    """A Query/Retrieve Information Model (PS3.4 C.6, Patient/Study Only is retired).

    Examples
    --------
    >>> InformationModel.STUDY_ROOT.move_uid
    '1.2.840.10008.5.1.4.1.2.2.2'
    """

    PATIENT_ROOT = "PATIENT_ROOT"
    STUDY_ROOT = "STUDY_ROOT"
    PATIENT_STUDY_ONLY = "PATIENT_STUDY_ONLY"

    @property
    def _arc(self) -> str:
        return "1.2.840.10008.5.1.4.1.2." + {"PATIENT_ROOT": "1", "STUDY_ROOT": "2", "PATIENT_STUDY_ONLY": "3"}[self.value]

    @property
    def find_uid(self) -> str:
        """SOP Class UID of the model's FIND."""
        return f"{self._arc}.1"

    @property
    def move_uid(self) -> str:
        """SOP Class UID of the model's MOVE."""
        return f"{self._arc}.2"

    @property
    def get_uid(self) -> str:
        """SOP Class UID of the model's GET."""
        return f"{self._arc}.3"

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels that the model has."""
        return {"PATIENT_ROOT": _LEVELS, "STUDY_ROOT": _LEVELS[1:], "PATIENT_STUDY_ONLY": _LEVELS[:2]}[self.value]


class StatusCategory(StrEnum):
    """What a status says in one word (PS3.7 C)."""

    SUCCESS = "Success"
    PENDING = "Pending"
    CANCEL = "Cancel"
    WARNING = "Warning"
    FAILURE = "Failure"
    UNKNOWN = "Unknown"


def status_category(status: int) -> StatusCategory:
    """Category of a DIMSE status code (PS3.7 C.1 to C.6).

    Examples
    --------
    >>> status_category(0xA702)
    <StatusCategory.FAILURE: 'Failure'>
    """
    if status in _CATEGORY_OF:
        return _CATEGORY_OF[status]
    if status >> 12 == 0xB:
        return StatusCategory.WARNING
    if status >> 12 in (0xA, 0xC) or 0x0100 <= status < 0x0300:
        return StatusCategory.FAILURE
    return StatusCategory.UNKNOWN


_CATEGORY_OF = {
    0x0000: StatusCategory.SUCCESS,
    0x0001: StatusCategory.WARNING,
    0x0107: StatusCategory.WARNING,
    0x0116: StatusCategory.WARNING,
    0xFE00: StatusCategory.CANCEL,
    0xFF00: StatusCategory.PENDING,
    0xFF01: StatusCategory.PENDING,
}

_MEANINGS = {
    0x0000: "Success",
    0x0110: "Processing failure",
    0x0111: "Duplicate SOP Instance",
    0x0112: "No such SOP Instance",
    0x0115: "Invalid argument value",
    0x0117: "Invalid SOP Instance",
    0x0118: "No such SOP Class",
    0x0119: "Class-instance conflict",
    0x0122: "SOP Class not supported",
    0x0124: "Not authorized",
    0x0210: "Duplicate invocation",
    0x0211: "Unrecognized operation",
    0x0212: "Mistyped argument",
    0x0213: "Resource limitation",
    0xFE00: "Cancelled",
    0xFF00: "Pending",
    0xFF01: "Pending, an optional key was not supported",
}
_C_MOVE = {
    0x0000: "Sub-operations complete, no failures",
    0xA701: "Out of resources: unable to calculate number of matches",
    0xA702: "Out of resources: unable to perform sub-operations",
    0xA801: "Move destination unknown",
    0xA900: "Identifier does not match SOP Class",
    0xAA00: "None of the frames requested were found in the SOP Instance",
    0xAA01: "Unable to create new object for this SOP Class",
    0xAA02: "Unable to extract frames",
    0xAA03: "Time-based request received for a non-time-based original SOP Instance",
    0xAA04: "Invalid request",
    0xB000: "Sub-operations complete, one or more failures",
    0xFE00: "Sub-operations terminated due to cancel indication",
    0xFF00: "Sub-operations are continuing",
}
_C_FIND = {
    0x0000: "Matching is complete",
    0xA700: "Out of resources",
    0xA900: "Identifier does not match SOP Class",
    0xFE00: "Matching terminated due to cancel request",
    0xFF00: "Matches are continuing",
    0xFF01: "Matches are continuing, an optional key was not supported",
}
_C_STORE = {
    0x0000: "Stored",
    0xA700: "Out of resources",
    0xA900: "Data set does not match SOP Class",
    0xB000: "Coercion of data elements",
    0xB006: "Elements discarded",
    0xB007: "Data set does not match SOP Class",
    0xC000: "Cannot understand",
}
_BY_SERVICE = {"C-MOVE": _C_MOVE, "C-FIND": _C_FIND, "C-STORE": _C_STORE}


def status_meaning(status: int, service: str = "C-MOVE") -> str:
    """Meaning of a status in words (PS3.4 C.4.1.1.4, C.4.2.1.5, B.2.3; PS3.7 C).

    Parameters
    ----------
    status : int
        The status code.
    service : {"C-MOVE", "C-FIND", "C-STORE"}
        The service that answered; the same code means different things in different services.

    Examples
    --------
    >>> status_meaning(0xA801)
    'Move destination unknown'
    """
    own = _BY_SERVICE.get(service, {})
    if status in own:
        return own[status]
    if 0xC000 <= status <= 0xCFFF:
        return "Unable to process" if service != "C-STORE" else "Cannot understand"
    return _MEANINGS.get(status, f"Unknown status 0x{status:04X}")


def uid_problem(uid: str | bytes) -> str | None:
    """Why this is no UID at all, or None when it can be taken.

    Padding (NUL, spaces) is stripped first. Real archives have letters and zero-led components: those are taken
    (`uid_remark` names them), while PS3.5 9.1 would forbid them.

    Examples
    --------
    >>> uid_problem("1.2.840"), uid_problem("../etc")
    (None, 'a character outside 0-9 A-Z a-z . _ -')
    """
    text = uid.decode("latin-1") if isinstance(uid, bytes) else uid
    text = text.strip("\0 ")
    if _TAKEN_UID(text):
        return None
    if not text:
        return "empty"
    if len(text) > 64:
        return "longer than 64 bytes"
    return "a character outside 0-9 A-Z a-z . _ -"


def uid_remark(uid: str) -> str | None:
    """What PS3.5 9.1 forbids in a UID that is taken all the same, or None.

    Examples
    --------
    >>> uid_remark("1.2.03"), uid_remark("1.2.3")
    ('a component with a leading zero', None)
    """
    if _UID(uid):
        return None
    components = uid.split(".")
    if not all(c.isascii() and c.isdigit() for c in components):
        return "not digits and single dots only"
    return "a component with a leading zero"


_TAKEN_UID = re.compile(r"[0-9A-Za-z._-]{1,64}", re.ASCII).fullmatch
_UID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*", re.ASCII).fullmatch


def _family(root: str, *arcs: str) -> frozenset[str]:
    return frozenset(f"{root}.{arc}" for arc in arcs)


NOT_STORAGE = (
    _family("1.2.840.10008.1", "1", "3.10", "9", "20.1", "20.2", "40", "42")
    | _family("1.2.840.10008.3.1.2", "1.1", "1.4", "2.1", "3.1", "3.2", "3.3", "3.4", "3.5", "5.1", "5.4", "5.5", "6.1")
    | _family("1.2.840.10008.5.1.1", "1", "2", "4", "4.1", "4.2", "9", "9.1", "14", "15", "16", "16.376", "18", "18.1")
    | _family("1.2.840.10008.5.1.1", "22", "23", "24", "24.1", "26", "31", "32", "33", "40")
    | _family("1.2.840.10008.5.1.4.1.1", "200.4", "200.5", "200.6", "201.2", "201.3", "201.4", "201.5", "201.6")
    | _family("1.2.840.10008.5.1.4.1.2", "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "3.1", "3.2", "3.3", "4.2", "4.3", "5.3")
    | _family("1.2.840.10008.5.1.4", "20.1", "20.2", "20.3", "31", "32", "32.1", "32.2", "32.3", "33", "41", "42")
    | _family("1.2.840.10008.5.1.4.34", "2", "3", "4", "4.1", "4.2", "4.3", "4.4", "8", "9")
    | _family("1.2.840.10008.5.1.4.34", "6", "6.1", "6.2", "6.3", "6.4", "6.5")
    | _family("1.2.840.10008.5.1.4.37", "1", "2", "3")
    | _family("1.2.840.10008.5.1.4", *(f"{arc}.{service}" for arc in (38, 39, 43, 44, 45) for service in (2, 3, 4)))
    | _family("1.2.840.10008.10", "1", "2", "3", "4")
)
"""SOP Classes of other services (PS3.6 A): every abstract syntax that is not here is taken as one of storage."""
