"""Answers that name something, and those that name nothing."""

from __future__ import annotations

import pytest

from dicommove.retrieve.asking.answers import Answers
from dicommove.terms import InformationModel, Level


@pytest.mark.parametrize("uid", [None, "", " \0", "*", "1.2?", "../x", "1" * 65])
def test_a_match_without_a_usable_uid_names_nothing(uid):
    """It is left out of a move, and counted in words."""
    whole = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.3"}
    broken = {"StudyInstanceUID": "1.2"} | ({} if uid is None else {"SeriesInstanceUID": uid})
    answers = Answers(Level.SERIES, InformationModel.STUDY_ROOT, (whole, broken), (), 1)

    assert answers.named == (whole,)
    assert answers.unnamed_words()[0].startswith("1 SERIES match without a UID")


def test_a_patient_needs_no_uid():
    """At PATIENT level there is none."""
    answers = Answers(Level.PATIENT, InformationModel.PATIENT_ROOT, ({"PatientID": "P1"},), (), 1)

    assert len(answers.named) == 1
    assert answers.unnamed_words() == []
