"""Tables in: every row has its fate, equal rows are asked once, and nothing that could match more is ever sent."""

from __future__ import annotations

import pandas as pd
import pytest

from dicommove import QueryError, between

_ALL = between("2000-01-01", "2030-01-01")


@pytest.fixture
def accessions(pacs):
    """Accession numbers of the archive: those that name one study, and one that names two."""
    studies = pacs.studies().where(StudyDate=_ALL).returning("AccessionNumber").find()
    counts = studies["AccessionNumber"].value_counts()
    return sorted(counts[counts == 1].index), sorted(counts[counts > 1].index)


def test_thirty_accession_numbers_are_matched_and_moved(pacs, accessions, data):
    """Empty, twice, unknown, ambiguous, with wildcards: each row's fate stands in the requests."""
    single, double = accessions
    cells = [*single[:6], *single[:6], double[0], None, "", "   ", "A*", "A?1", "A\\B", *(f"UNKNOWN{n}" for n in range(11))]
    table = pd.DataFrame({"AccessionNumber": pd.array(cells, dtype="string"), "cohort": range(30)})
    matched = pacs.match(table)
    assert matched["match"].value_counts().to_dict() == {"found": 12, "several": 2, "refused": 6, "none": 11}
    assert list(matched.columns[:3]) == ["AccessionNumber", "cohort", "row"]
    result = pacs.move(table, data)
    assert (result.outcome, set(result.ledger["state"])) == ("partial", {"received"}), "18 rows led to nothing"
    requests = result.requests
    assert sorted(set(requests["row"])) == list(range(30))
    assert set(requests.loc[requests["row"] < 12, "outcome"]) == {"complete"}
    assert requests["request"].nunique() == 6
    assert requests.loc[requests["row"] == 12, "reason"].str.contains("several='all'").all()


def test_several_are_moved_when_told(pacs, accessions, data):
    """An ambiguous accession number moves all its studies with several="all"."""
    result = pacs.move(pd.DataFrame({"AccessionNumber": accessions[1][:1]}), data, several="all")
    assert result.outcome == "complete"
    assert list(result.requests["row"]) == [0, 0]
    assert result.requests["StudyInstanceUID"].nunique() == 2


def test_numbers_in_an_id_column_refuse_the_table(pacs):
    """Leading zeros are lost before we see the table: the text says how to read it."""
    with pytest.raises(QueryError, match="dtype=str"):
        pacs.match(pd.DataFrame({"PatientID": [123]}))


def test_a_patient_with_a_date(pacs):
    """PatientID and StudyDate together name a study; the date may be a datetime or text."""
    study = pacs.studies().where(PatientID="000123").returning("StudyDate").find().iloc[0]
    for date in (study["StudyDate"], study["StudyDate"].strftime("%Y-%m-%d"), study["StudyDate"].strftime("%Y%m%d")):
        matched = pacs.match(pd.DataFrame({"PatientID": ["000123"], "StudyDate": [date]}))
        assert list(matched["match"]) == ["found"]
        assert list(matched["StudyInstanceUID"]) == [study["StudyInstanceUID"]]


def test_answers_must_equal_the_cell(pacs):
    """PatientID "123" does not match "000123", trailing spaces do; a row with two studies stands twice."""
    assert list(pacs.match(pd.DataFrame({"PatientID": ["123", "000123 "]}))["match"]) == ["none", "several", "several"]


def test_a_found_table_is_moved_by_its_deepest_uid(pacs, anna, data):
    """The result of find() at IMAGE level moves exactly those instances."""
    frame = anna(pacs).series().images().where(InstanceNumber=3).find()
    result = pacs.move(frame, data)
    assert result.outcome == "complete"
    assert set(result.ledger["SOPInstanceUID"]) == set(frame["SOPInstanceUID"])
    assert set(result.requests["level"]) == {"IMAGE"}


def test_a_row_without_a_uid_above_is_refused(pacs, anna, data):
    """SERIES level needs the Study Instance UID of each row; the other rows go on."""
    frame = anna(pacs).series().find()
    frame.loc[0, "StudyInstanceUID"] = pd.NA
    result = pacs.move(frame, data)
    assert list(result.requests["match"]) == ["refused", *["found"] * (len(frame) - 1)]
    assert "row 0" in result.requests["reason"][0]


def test_bare_uids_are_of_studies(pacs, anna, data):
    """A list of UIDs is moved as studies; an unknown one has no match."""
    uids = [*anna(pacs).find()["StudyInstanceUID"], "1.2.3.4.5"]
    result = pacs.move(uids, data)
    assert list(result.requests["match"]) == ["found", "found", "none"]
    assert len(result.instances) == 130


def test_bare_uids_of_a_lower_level_need_a_relational_archive(pacs, anna, data, monkeypatch):
    """Where the archive can say which studies they belong to they are moved; where not, the text says what to give instead."""
    series = list(anna(pacs).series().where(Modality="MR").find()["SeriesInstanceUID"])
    assert len(pacs.move(series, data, level="SERIES").instances) == 64
    monkeypatch.setattr("dicommove.retrieve.asking.search.Searcher.relational", False)
    with pytest.raises(QueryError, match="give a DataFrame with StudyInstanceUID, SeriesInstanceUID"):
        pacs.move(series, data, level="SERIES")


def test_bare_patient_ids_are_all_their_studies(pacs, data):
    """At PATIENT level every study of the patients is moved."""
    assert len(pacs.move(["000123"], data, level="PATIENT").requests) == 2


@pytest.mark.parametrize(("option", "said"), [({"level": "SLICE"}, "PATIENT"), ({"several": "ALL"}, "'refuse' or 'all'")])
def test_closed_options_are_named(pacs, data, option, said):
    """A value that there is not is refused with those there are."""
    with pytest.raises(QueryError, match=said):
        pacs.move(["1.2.3"], data, **option)


def test_a_cell_that_cannot_be_asked_refuses_its_row_only(pacs):
    """Too long for its VR, or with a control character: the row is named, and the others go on."""
    table = pd.DataFrame({"AccessionNumber": ["A" * 17, "A\x01", "A20240001"]})
    matched = pacs.match(table)
    assert list(matched["match"]) == ["refused", "refused", "found"]
    assert matched["reason"][0].startswith("row 0: ")


def test_a_matched_table_can_be_moved(pacs, data):
    """The UID columns that match() leaves empty for deeper levels are no level of their own."""
    matched = pacs.match(pd.DataFrame({"AccessionNumber": ["A20240001", "UNKNOWN"]}))
    result = pacs.move(matched, data)
    assert list(result.requests["match"]) == ["found", "refused"]
    assert result.outcome == "partial"
    assert "1 of 2 rows led to no C-MOVE" in repr(result)


def test_columns_of_the_table_name_folders(pacs, data):
    """{row.column} puts each instance below its row's value; a column that is not there is refused first."""
    table = pd.DataFrame({"PatientID": ["000123"], "arm": ["control"]})
    result = pacs.move(table, data, several="all", layout="{row.arm}/{instance}.dcm")
    assert result.instances["path"].str.contains("/control/").all()
    assert set(result.instances["row"]) == {0}
    with pytest.raises(QueryError, match="no column site"):
        pacs.move(table, data, layout="{row.site}/{instance}.dcm")


def test_the_users_table_is_left_as_it_was(pacs):
    """Matching changes nothing in the table that was given."""
    table = pd.DataFrame({"PatientID": ["000123"], "age": [61]})
    before = table.copy()
    pacs.match(table)
    pd.testing.assert_frame_equal(table, before)


def test_beside_uids_a_patient_id_is_no_key(pacs, anna):
    """A pseudonym in PatientID does not hide the study; UIDs of a row without a match stay as they were given."""
    study = anna(pacs).find()["StudyInstanceUID"][0]
    table = pd.DataFrame({"PatientID": ["pseudonym", "x"], "StudyInstanceUID": [study, "1.2.3"]})
    matched = pacs.match(table)
    assert list(matched["match"]) == ["found", "none"]
    assert list(matched["StudyInstanceUID"]) == [study, "1.2.3"]


def test_columns_of_ours_are_not_overwritten(pacs):
    """A table with a column of the name of one that is added is refused, and nothing of it is lost."""
    with pytest.raises(QueryError, match="rename yours"):
        pacs.match(pd.DataFrame({"PatientID": ["000123"], "row": [7]}))


def test_uids_that_a_list_did_not_answer_are_asked_for_alone(demo, anna, data):
    """An archive that cuts its answers off after one has both studies all the same; neither is called absent."""
    pacs = demo(fault="cap:1")
    uids = [*anna(demo()).find()["StudyInstanceUID"], "1.2.3"]
    plan = pacs.plan(uids, data)
    assert [fate.match for fate in plan.fates] == ["found", "found", "none"]
