"""File names of --store begin as the original's: a prefix by SOP Class."""

from __future__ import annotations

from pydicom.uid import EncapsulatedPDFStorage
from pynetdicom.apps.common import SOP_CLASS_PREFIXES

from dicommove.cli.movescu.naming import prefix


def test_every_prefix_is_the_original_s():
    """All that it has, and UN for every other SOP Class."""
    assert {uid: prefix(uid) for uid in SOP_CLASS_PREFIXES} == {uid: short for uid, (short, _) in SOP_CLASS_PREFIXES.items()}
    assert prefix(EncapsulatedPDFStorage) == prefix("1.2.3") == prefix("") == "UN"
