"""The tree of matches: cells, what is ticked, and the selection as a table."""

from __future__ import annotations

import pytest

from dicommove.panels.matches import COLUMNS, Matches
from dicommove.terms import Level

STUDIES = [
    {
        "PatientID": "P1",
        "StudyInstanceUID": "1.1",
        "PatientName": "MEIER^ANNA",
        "StudyDate": "20240131",
        "ModalitiesInStudy": "CT\\SR",
        "NumberOfStudyRelatedInstances": "66",
    },
    {"PatientID": "P2", "StudyInstanceUID": "1.2", "PatientName": "=山田^太郎", "StudyDate": "20240201"},
]
SERIES = [
    {"StudyInstanceUID": "1.1", "SeriesInstanceUID": "1.1.10", "SeriesNumber": "10", "Modality": "SR"},
    {
        "StudyInstanceUID": "1.1",
        "SeriesInstanceUID": "1.1.2",
        "SeriesNumber": "2",
        "Modality": "CT",
        "NumberOfSeriesRelatedInstances": "65",
    },
]


@pytest.fixture
def found():
    """Two studies, of the first of which the series are known."""
    matches = Matches.of(Level.STUDY, STUDIES)
    matches.open(0, SERIES)
    return matches


def cell(matches, number, title):
    """What a column shows of a row."""
    return matches.cells(number)[[column[0] for column in COLUMNS].index(title)]


def test_cells_are_written_for_people(found):
    """Dates with dashes, names without carets, several values with spaces; what does not parse stays as it is."""
    assert (cell(found, 0, "Patient"), cell(found, 0, "Date"), cell(found, 0, "Modality")) == (
        "MEIER ANNA",
        "2024-01-31",
        "CT SR",
    )
    assert (cell(found, 1, "Patient"), cell(found, 1, "Date"), cell(found, 1, "Images")) == ("山田 太郎", "2024-02-01", "")
    odd = Matches.of(Level.STUDY, [{"StudyInstanceUID": "1", "StudyDate": "2024", "PatientName": "DOE^J^^Dr."}])
    assert (cell(odd, 0, "Patient"), cell(odd, 0, "Date")) == ("DOE J Dr.", "2024")


def test_series_stand_below_their_study_in_the_order_of_their_numbers(found):
    """The patient is not repeated; 2 comes before 10; a second opening changes nothing."""
    rows = found.series[0]

    assert [cell(found, row, "Series") for row in rows] == ["2", "10"]
    assert cell(found, rows[0], "Patient") == ""
    assert found.open(0, []) == rows


def test_whole_studies_are_a_table_of_studies(found):
    """Dtypes are the contract's, and the keys those that a move takes."""
    table = found.frame([0, 1])

    assert list(table["StudyInstanceUID"]) == ["1.1", "1.2"]
    assert "SeriesInstanceUID" not in table.columns
    assert table["StudyDate"].dtype == "datetime64[s]"
    assert table["NumberOfStudyRelatedInstances"].isna().tolist() == [False, True]


def test_one_series_makes_it_a_table_of_series(found):
    """Studies that are ticked whole are in it with their series, and those are asked for where they are not known."""
    series = found.series[0][0]
    assert found.unopened([1]) == []
    assert found.unopened([series, 1]) == [1]

    found.open(1, [{"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.1"}])
    table = found.frame([series, 1])

    assert list(table["SeriesInstanceUID"]) == ["1.1.2", "1.2.1"]
    assert list(table["PatientID"]) == ["P1", "P2"]
    assert list(table.columns[:3]) == ["PatientID", "StudyInstanceUID", "SeriesInstanceUID"]


def test_a_search_for_series_selects_series():
    """A study that is ticked whole stands for what of it was found, and shows its sums."""
    matches = Matches.of(Level.SERIES, SERIES)

    assert matches.studies() == [0]
    assert (cell(matches, 0, "Modality"), cell(matches, 0, "Series"), cell(matches, 0, "Images")) == ("CT SR", "2", "")
    assert list(matches.frame([0])["SeriesInstanceUID"]) == ["1.1.10", "1.1.2"]


def test_what_is_ticked_is_said_in_words(found):
    """Counts where the archive gives them; where it does not, they are a lower bound."""
    assert found.words([]) == ""
    assert found.words([0]) == "1 study, 66 images"
    assert found.words([0, 1]) == "2 studies, at least 66 images"
    assert found.words([found.series[0][0], 1]) == "1 series, 1 study, at least 65 images"


def test_nothing_selected_is_an_empty_table():
    """Same columns and dtypes as with rows."""
    assert len(Matches().frame([])) == 0
    assert Matches().frame([]).dtypes.equals(Matches.of(Level.STUDY, STUDIES).frame([0]).dtypes)


def test_dates_as_acr_nema_wrote_them_look_and_sort_like_others():
    """Real archives answer 1995.06.26."""
    odd = Matches.of(Level.STUDY, [{"StudyInstanceUID": "1", "StudyDate": "1995.06.26"}])
    assert cell(odd, 0, "Date") == "1995-06-26"


def test_what_steers_or_hides_text_is_shown_as_its_code_point():
    """A name that turns the line around, a description with an escape sequence, one of a megabyte."""
    row = {
        "StudyInstanceUID": "1",
        "PatientName": "A\u202egnp^B",
        "StudyDescription": "\x1b[2J\u200b",
        "AccessionNumber": "9" * 10**6,
    }
    odd = Matches.of(Level.STUDY, [row])
    assert cell(odd, 0, "Patient") == "A\\u202egnp B"
    assert cell(odd, 0, "Description") == "\\u001b[2J\\u200b"
    assert len(cell(odd, 0, "Accession")) <= 200


def test_what_an_archive_does_not_say_of_a_study_is_taken_from_its_series():
    """Modalities and counts that it left out; what it said stays."""
    matches = Matches.of(Level.STUDY, [{"StudyInstanceUID": "1.1", "NumberOfStudyRelatedSeries": "7"}])
    matches.open(0, SERIES[1:])

    assert [cell(matches, 0, title) for title in ("Modality", "Series", "Images")] == ["CT", "7", "65"]


def test_images_that_nobody_counted_are_not_zero():
    """Some archives count nothing: "at least 0 images" would read as a number."""
    matches = Matches.of(
        Level.STUDY, [{"StudyInstanceUID": "1.1"}, {"StudyInstanceUID": "1.2", "NumberOfStudyRelatedInstances": "3"}]
    )

    assert matches.words([0]) == "1 study, images not counted by the archive"
    assert matches.words([0, 1]) == "2 studies, at least 3 images"
