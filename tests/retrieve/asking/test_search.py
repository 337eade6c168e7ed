"""Searches: the walk over one association, the model that the peer accepts, and what is doubtful about the answers."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

import dicommove as dm
from dicommove.net import find
from dicommove.retrieve.asking.search import Searcher


def test_a_frame_has_the_unique_keys_of_all_levels_above(pacs, anna):
    """Columns are the unique keys from the top down, then what was asked, typed by VR."""
    frame = anna(pacs).returning("StudyDate", "NumberOfStudyRelatedInstances").series().where(Modality="MR").find()
    assert list(frame.columns) == [
        "PatientID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "Modality",
        "StudyDate",
        "NumberOfStudyRelatedInstances",
    ]
    assert str(frame["StudyDate"].dtype) == "datetime64[s]"
    assert str(frame["NumberOfStudyRelatedInstances"].dtype) == "Int64"
    assert len(frame) == 2


def test_no_match_is_an_empty_frame_of_the_same_columns(pacs):
    """Zero rows have the columns and dtypes of many."""
    query = pacs.studies().returning("StudyDate")
    full = query.where(PatientID="000123").find()
    empty = query.where(PatientID="NOBODY").find()
    pd.testing.assert_series_equal(full.dtypes, empty.dtypes)


def test_count_is_the_number_of_rows(pacs, anna):
    """Count and find agree."""
    assert anna(pacs).series().count() == len(anna(pacs).series().find()) == 5


def test_up_gives_the_distinct_studies(pacs, anna):
    """From the MR series back to their studies: one row a study."""
    frame = anna(pacs).series().where(Modality="MR").studies().find()
    assert len(frame) == 1


def test_frame_attrs_say_what_is_doubtful(pacs, anna):
    """A frame whose answers are not in doubt says so."""
    assert anna(pacs).find().attrs == {"truncated": False, "dropped": 0, "unverified": 0}


def test_too_many_requests_are_refused_with_advice(pacs):
    """A walk that would take more C-FINDs than allowed is refused, and says how to narrow it."""
    query = pacs.studies().where(StudyDate=dm.between("2000-01-01", "2030-01-01")).series().where(Modality="CT")
    with Searcher(dm.Peer(pacs.host, pacs.port), max_requests=1) as searcher:
        searcher._opened().relational = lambda _: False
        with pytest.raises(dm.QueryError, match="max_requests"):
            searcher.answers(query)


def test_a_rejected_association_raises(pacs):
    """A wrong called AE title is one of the four failures, with its facts."""
    with pytest.raises(dm.AssociationRejected) as caught:
        dm.Peer(pacs.host, pacs.port, ae_title="WRONG").studies("1.2.3").find()
    assert (caught.value.result, caught.value.source, caught.value.reason) == (1, 1, 7)


def test_answers_that_contradict_their_key_are_dropped(demo, anna):
    """Of an archive that ignores a key, what contradicts it is no match, and a warning counts it."""
    pacs = demo(fault="ignores:ModalitiesInStudy")
    with pytest.warns(dm.AnswersWarning, match="1 answers contradict ModalitiesInStudy"):
        frame = anna(pacs).where(ModalitiesInStudy="MR").find()
    assert len(frame) == 1
    assert frame.attrs["dropped"] == 1


def test_a_uid_that_the_standard_forbids_is_sent_with_a_warning(pacs):
    """Real archives have zero-led components: they are asked for, and the warning names the section."""
    with pytest.warns(dm.ConformanceWarning, match=r"PS3\.5 9\.1"):
        assert pacs.studies("1.2.03").count() == 0


def test_more_matches_than_are_kept_are_said(pacs, anna, monkeypatch):
    """An archive that answers more than is kept of one question is told to stop, and the answer is known to be cut off."""
    monkeypatch.setattr(sys.modules[find.__module__], "MOST_MATCHES", 2)
    with pytest.warns(dm.AnswersWarning, match="told to stop after 2 SERIES matches"):
        frame = anna(pacs).series().find()
    assert len(frame) == 4, "two studies"
    assert frame.attrs["truncated"]
