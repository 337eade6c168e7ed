"""Expectations: what an archive must have said for an expectation by UID; a searcher with prepared answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from dicommove.retrieve.asking.answers import Answers
from dicommove.retrieve.asking.expectation import expect
from dicommove.retrieve.planning.requests import requests_for
from dicommove.terms import InformationModel, Level

STUDY = {"StudyInstanceUID": "1.1", "PatientID": "P1"}
SERIES = {"StudyInstanceUID": "1.1", "SeriesInstanceUID": "1.1.1"}
IMAGES = tuple(SERIES | {"SOPInstanceUID": f"1.1.1.{n}"} for n in range(1, 4))


@dataclass
class Prepared:
    """Gives prepared answers by level."""

    by_level: dict[Level, dict[str, object]] = field(default_factory=dict)
    needs_patient: bool = False

    def answers(self, query, **_):
        """The answers of the query's level."""
        given = {"matches": {Level.SERIES: (SERIES,), Level.IMAGE: IMAGES}[query.level], **self.by_level.get(query.level, {})}
        return Answers(query.level, InformationModel.STUDY_ROOT, columns=(), requests=1, **given)


def _expected(searcher, **counts):
    matches = [STUDY | counts]
    return expect(searcher, requests_for(matches, Level.STUDY), matches, Level.STUDY)


COUNT = {"NumberOfStudyRelatedInstances": "3"}


@pytest.mark.parametrize(
    ("counts", "by_level", "expected_by", "unnamed"),
    [
        (COUNT, {}, "instances", 0),
        ({}, {}, "instances", 0),
        ({"NumberOfStudyRelatedInstances": "4"}, {}, "counts", 1),
        (COUNT, {Level.IMAGE: {"cut_off": True}}, "counts", 1),
        (COUNT, {Level.IMAGE: {"matches": IMAGES[:2]}}, "counts", 1),
        (COUNT, {Level.SERIES: {"truncated": True}}, "instances", 0),
        ({}, {Level.SERIES: {"truncated": True}}, "peer", 0),
        ({}, {Level.IMAGE: {"doubts": ("exactly 500",), "truncated": True}}, "peer", 0),
        (COUNT, {Level.SERIES: {"matches": ()}}, "counts", 0),
    ],
)
def test_only_answers_that_agree_with_the_counts_name_instances(counts, by_level, expected_by, unnamed):
    """What is cut off, or fewer than counted, proves nothing; without a count nothing may be cut off anywhere."""
    expectation = _expected(Prepared(by_level), **counts)
    assert (expectation.requests[0].expected_by, expectation.unnamed) == (expected_by, unnamed)
    assert len(expectation.instances) == (3 if expected_by == "instances" else 0)
