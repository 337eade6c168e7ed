"""Answers are compared again with their keys, by the Standard's matching rules (PS3.4 C.2.2.2)."""

from __future__ import annotations

import pytest

from dicommove.query.agreement import Verdict, verdict

AGREES, CONTRADICTS, UNVERIFIED = Verdict


@pytest.mark.parametrize(
    ("tag", "vr", "asked", "match", "said"),
    [
        (0x00100020, "LO", "P1", {"PatientID": "P1 "}, AGREES),
        (0x00100020, "LO", "P1", {"PatientID": "p1"}, CONTRADICTS),
        (0x00100020, "LO", "P*", {"PatientID": "P12"}, AGREES),
        (0x00100020, "LO", "P?", {"PatientID": "P12"}, CONTRADICTS),
        (0x00100020, "LO", "*", {"PatientID": "x"}, AGREES),
        (0x00100020, "LO", "", {}, AGREES),
        (0x00100020, "LO", "P1", {}, UNVERIFIED),
        (0x00100020, "LO", "P1", {"PatientID": ""}, UNVERIFIED),
        (0x0020000D, "UI", "1.2\\1.3", {"StudyInstanceUID": "1.3"}, AGREES),
        (0x0020000D, "UI", "1.2\\1.3", {"StudyInstanceUID": "1.33"}, CONTRADICTS),
        (0x00080061, "CS", "CT", {"ModalitiesInStudy": "SR\\CT"}, AGREES),
        (0x00080061, "CS", "CT", {"ModalitiesInStudy": "SR\\MR"}, CONTRADICTS),
        (0x00080020, "DA", "20240101-", {"StudyDate": "2024.03.01"}, AGREES),
        (0x00080020, "DA", "-20240101", {"StudyDate": "20240301"}, CONTRADICTS),
        (0x00080020, "DA", "20240101-20241231", {"StudyDate": "garbage"}, CONTRADICTS),
        (0x00080030, "TM", "0800-1200", {"StudyTime": "120000.5"}, AGREES),
        (0x00080030, "TM", "0800-1200", {"StudyTime": "121500"}, CONTRADICTS),
        (0x00200011, "IS", "3", {"SeriesNumber": "03"}, AGREES),
        (0x00200011, "IS", "3", {"SeriesNumber": "4"}, CONTRADICTS),
        (0x00100010, "PN", "MEIER^ANNA", {"PatientName": "Meier^Anna^^"}, AGREES),
        (0x00100010, "PN", "MÜLLER*", {"PatientName": "Muller^Jo"}, AGREES),
        (0x00100010, "PN", "山田*", {"PatientName": "Yamada^Tarou=山田^太郎"}, AGREES),
        (0x00100010, "PN", "MEIER*", {"PatientName": "SCHMIDT^A"}, CONTRADICTS),
        (0x00100010, "PN", "=山田*", {"PatientName": "Yamada^Tarou=山田^太郎"}, AGREES),
        (0x00100010, "PN", "Y*=山口*", {"PatientName": "Yamada^Tarou=山田^太郎"}, CONTRADICTS),
        (0x00080080, "LO", "Hôpital*", {"InstitutionName": "Ho\u0302pital Nord"}, AGREES),
        (0x00080080, "LO", "*a*b*c*", {"InstitutionName": "a" * 5000}, CONTRADICTS),
        (0x00080020, "DA", "20240101", {"StudyDate": "2024.01.01"}, AGREES),
        (0x00080030, "TM", "0800-1200", {"StudyTime": "08:30:00"}, AGREES),
        (0x00080030, "TM", "-0800", {"StudyTime": "080059.9"}, AGREES),
        (0x0008002A, "DT", "20240131-20240201", {"AcquisitionDateTime": "20240201235959.5"}, AGREES),
        (0x0008002A, "DT", "20240131-", {"AcquisitionDateTime": "20240130"}, CONTRADICTS),
        (0x0008002A, "DT", "202402", {"AcquisitionDateTime": "20240229"}, AGREES),
        (0x0008002A, "DT", "202402", {"AcquisitionDateTime": "20240301"}, CONTRADICTS),
        (0x0008002A, "DT", "20240131120000+0100", {"AcquisitionDateTime": "20240131110000+0000"}, AGREES),
        (0x0008002A, "DT", "20240131120000-0500", {"AcquisitionDateTime": "20240131110000+0000"}, CONTRADICTS),
        (0x0008002A, "DT", "-20240131120000-0500", {"AcquisitionDateTime": "20240131165959+0000"}, AGREES),
        (0x0008002A, "DT", "20240131120000-0500", {"AcquisitionDateTime": "20240131170000"}, AGREES),
        (0x0008002A, "DT", "20240131120000-0500", {"AcquisitionDateTime": "20240203"}, CONTRADICTS),
        (0x0008002A, "DT", "20240131-", {"AcquisitionDateTime": "99999999"}, CONTRADICTS),
        (0x00080061, "CS", "CT\\MR", {"ModalitiesInStudy": "SR\\CT\\MR"}, AGREES),
        (0x00080061, "CS", "CT\\MR", {"ModalitiesInStudy": "SR\\CT"}, CONTRADICTS),
        (0x00324000, "LT", "left\\right*", {"StudyComments": "left\\right side"}, AGREES),
    ],
)
def test_one_key_and_one_answer(tag, vr, asked, match, said):
    """A value agrees, contradicts, or cannot be told."""
    assert verdict((tag,), vr, asked, match) is said


def test_attributes_within_sequences():
    """An item of the sequence that has the value is enough; text that is no JSON proves nothing."""
    path = (0x00081032, 0x00080100)
    answered = {"ProcedureCodeSequence": '[{"00080100": {"vr": "SH", "Value": ["CTHEAD"]}}]'}
    assert verdict(path, "SH", "CTHEAD", answered) is AGREES
    assert verdict(path, "SH", "MR*", answered) is CONTRADICTS
    assert verdict(path, "SH", "MR*", {"ProcedureCodeSequence": "["}) is UNVERIFIED
    assert verdict(path, "SH", "MR*", {"ProcedureCodeSequence": '[{"00080100": {"vr": "SH", "Value": [null]}}]'}) is UNVERIFIED


def test_names_within_sequences_have_their_component_groups():
    """A name in an item is matched by any of its groups, as one outside is."""
    answered = {"ReferencedPatientSequence": '[{"00100010": {"vr": "PN", "Value": [{"Ideographic": "山田^太郎"}]}}]'}
    assert verdict((0x00081120, 0x00100010), "PN", "山田*", answered) is AGREES
