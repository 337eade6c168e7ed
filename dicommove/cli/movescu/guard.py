"""What a C-MOVE may match beyond what it names: an Identifier without its unique keys (PS3.4 C.4.2.2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...terms import Level

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from ...terms import InformationModel

__all__ = ["objection"]


def objection(identifier: Dataset, model: InformationModel, *, relational: bool = False) -> str | None:
    """Say what is missing from an Identifier, or None when it names exactly what it asks for.

    Archives differ in what they do with such a request: some refuse it, some copy everything they have.

    Parameters
    ----------
    identifier : Dataset
    model : InformationModel
    relational : bool
        Relational retrieval is asked for: the unique keys above the level may be left out (PS3.4 C.4.2.2.2).

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> from dicommove.terms import InformationModel
    >>> wanted = Dataset()
    >>> wanted.QueryRetrieveLevel, wanted.PatientName = "PATIENT", ""
    >>> objection(wanted, InformationModel.PATIENT_ROOT)
    'PatientID: a unique key of PATIENT level is missing, empty or has wildcards (PS3.4 C.4.2.2.1)'
    """
    said = str(identifier.get("QueryRetrieveLevel") or "").strip()
    if said not in list(Level):
        return "QueryRetrieveLevel is missing, or none of PATIENT, STUDY, SERIES, IMAGE (PS3.4 C.4.2.1.4)"
    level = Level(said)
    if level not in model.levels:
        return f"{level} is no level of {model.value.replace('_', ' ').lower()} (PS3.4 C.6)"
    needed = [level] if relational else [above for above in model.levels if above <= level]
    missing = [above for above in needed if not _is_exact(identifier.get(above.unique_key))]
    if not missing:
        return None
    keys = ", ".join(above.unique_key for above in missing)
    return f"{keys}: a unique key of {level} level is missing, empty or has wildcards (PS3.4 C.4.2.2.1)"


def _is_exact(value: object) -> bool:
    values = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else list(value)
    texts = [str(item or "").strip(" \0") for item in values]
    return all(text and not set("*?") & set(text) for text in texts)
