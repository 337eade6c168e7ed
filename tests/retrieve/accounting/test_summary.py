"""Summaries: the fate of each input row, and series and studies with what was expected and received."""

from __future__ import annotations

import pytest

from dicommove.entities import Remote
from dicommove.frames import REQUESTS, SERIES, STUDIES, build
from dicommove.retrieve.accounting.ledger import reconcile
from dicommove.retrieve.accounting.outcome import Ending
from dicommove.retrieve.accounting.summary import request_rows, series_rows, study_rows
from dicommove.retrieve.planning.planned import Fate, Planned
from dicommove.retrieve.planning.requests import Request
from dicommove.retrieve.running.worker import Ended
from dicommove.terms import Level


def ended(number, outcome="complete", reason="all there", **facts):
    """How a request for a study ended."""
    request = Request(number, Level.STUDY, f"1.{number}", "P1")
    return Ended(request, Ending(0, expected_by="counts", expected=3, received=3, **facts), outcome, reason, 1.5)


def plan(tmp_path, *fates):
    """A plan of a table with these fates."""
    return Planned(Remote("127.0.0.1", 104), tmp_path, (), fates=fates)


def entry(uid, series="2", study="1", **facts):
    """A journal's row of one instance."""
    return {"SOPInstanceUID": uid, "SeriesInstanceUID": series, "StudyInstanceUID": study, "asked_for": True, **facts}


def instance(uid, **facts):
    """A row of the instances."""
    return {"SOPInstanceUID": uid, "path": f"/data/a/{uid}.dcm", "size_bytes": 10, "Modality": "CT", "SeriesNumber": "1", **facts}


def test_a_query_has_one_row_per_request(tmp_path):
    """The row says what was asked, what the archive answered and what came of it."""
    frame = build(REQUESTS, request_rows(plan(tmp_path), [ended(1), ended(2, "lost", "AssociationLost: aborted")]))

    assert list(frame["request"]) == [1, 2]
    assert list(frame["outcome"]) == ["complete", "lost"]
    assert frame.loc[1, "reason"] == "AssociationLost: aborted"
    assert list(frame.loc[0, ["level", "PatientID", "StudyInstanceUID", "Status", "expected", "received", "seconds"]]) == [
        "STUDY", "P1", "1.1", 0, 3, 3, 1.5,
    ]  # fmt: skip
    assert frame[["row", "match", "SeriesInstanceUID", "SOPInstanceUID"]].isna().all(axis=None)


def test_every_row_of_a_table_has_its_fate(tmp_path):
    """Rows that were refused or have no match stand in their place; two rows may share a request."""
    fates = (
        Fate(0, "refused", "row 0: AccessionNumber is empty"),
        Fate(1, "found", None, 1, {"StudyInstanceUID": "1.1"}),
        Fate(2, "none", "the archive has no match"),
        Fate(3, "found", None, 1, {"StudyInstanceUID": "1.1"}),
    )

    frame = build(REQUESTS, request_rows(plan(tmp_path, *fates), [ended(1)]))

    assert list(frame["row"]) == [0, 1, 2, 3]
    assert list(frame["match"]) == ["refused", "found", "none", "found"]
    assert list(frame["outcome"].astype(object).where(frame["outcome"].notna(), None)) == [None, "complete", None, "complete"]
    assert list(frame["reason"]) == ["row 0: AccessionNumber is empty", "all there", "the archive has no match", "all there"]


def test_a_remark_on_the_match_does_not_hide_what_became_of_the_request(tmp_path):
    """A lost association stands in the row of the table, beside what was said of its match."""
    fates = (Fate(0, "found", "1 answers that are not equal to the cell were dropped", 1),)

    (row,) = request_rows(plan(tmp_path, *fates), [ended(1, "lost", "AssociationLost: aborted")])

    assert row["reason"] == "1 answers that are not equal to the cell were dropped; AssociationLost: aborted"


def test_a_request_of_no_row_stands_last(tmp_path):
    """What the table does not mention is not left out."""
    rows = request_rows(plan(tmp_path, Fate(0, "found", None, 2)), [ended(1), ended(2)])

    assert [row["request"] for row in rows] == [2, 1]


def test_of_a_third_party_nothing_is_said(tmp_path):
    """What another destination received is absent, not 0."""
    (row,) = request_rows(plan(tmp_path), [ended(1, third_party=True)])

    assert row["received"] is None


def test_series_and_studies_of_a_ledger():
    """Counts, state, bytes and folder of each series; a study adds up its series."""
    ledger = list(
        reconcile(
            [entry("3.1"), entry("3.2"), entry("4.1", series="4"), entry("5.1", series="5")],
            [entry("3.1"), entry("3.2"), entry("4.1", series="4", disposition="conflict"), entry("6.1", series="6")],
            [],
        )
    )
    instances = [instance(uid) for uid in ("3.1", "3.2", "4.1", "6.1")]

    series = build(SERIES, series_rows(ledger, instances))
    studies = build(STUDIES, study_rows(ledger, instances))

    assert list(series["SeriesInstanceUID"]) == ["2", "4", "5", "6"]
    assert list(series["state"]) == ["complete", "partial", "missing", "unverified"]
    assert list(series["received"]) == [2, 1, 0, 1]
    assert list(series["expected"].fillna(-1)) == [2, 1, 1, -1]
    assert list(series["size_bytes"]) == [20, 10, 0, 10]
    assert list(series["folder"].fillna("-")) == ["/data/a", "/data/a", "-", "/data/a"]
    assert studies.loc[0, ["series", "expected", "received", "state", "size_bytes"]].to_list() == [4, 4, 4, "partial", 40]


def test_what_nobody_expected_makes_no_series_partial():
    """All that was expected is there: one instance more changes nothing."""
    ledger = reconcile([entry("3.1")], [entry("3.1"), entry("3.2", asked_for=False)], [])

    (row,) = series_rows(ledger, [instance("3.1"), instance("3.2")])

    assert (row["state"], row["expected"], row["received"]) == ("complete", 1, 2)


def test_a_copy_beside_the_tree_changes_no_folder():
    """Of an instance that came twice, the first arrival names folder and size."""
    ledger = reconcile([], [entry("3.1"), entry("3.1", disposition="conflict")], [])
    conflict = instance("3.1", path="/data/.dicommove/conflicts/3.1.dcm", size_bytes=99)

    (row,) = series_rows(ledger, [instance("3.1"), conflict])

    assert (row["folder"], row["size_bytes"]) == ("/data/a", 10)


def test_a_third_partys_series_are_unverified():
    """Nothing is claimed of instances that went to another destination."""
    ledger = list(reconcile([entry("3.1")], [], [], observed=False))

    (series,) = series_rows(ledger, [])
    (study,) = study_rows(ledger, [])

    assert (series["state"], series["received"], series["size_bytes"]) == ("unverified", None, None)
    assert (study["state"], study["received"]) == ("unverified", None)


def test_an_unknown_series_is_no_series():
    """An instance known by its UID alone, from the peer's list of failures, adds no series to a count."""
    (study,) = study_rows(reconcile([], [], [], ["3.1"]), [])

    assert (study["StudyInstanceUID"], study["series"], study["state"]) == (None, 0, "missing")


def test_what_the_archive_said_fills_in_where_nothing_arrived():
    """A missing series still says what it is."""
    (row,) = series_rows(reconcile([entry("3.1")], [], []), [], {"2": {"Modality": "MR", "SeriesDescription": "T2"}})

    assert (row["Modality"], row["SeriesDescription"], row["folder"]) == ("MR", "T2", None)


@pytest.mark.parametrize(("contract", "rows"), [(SERIES, series_rows), (STUDIES, study_rows)])
def test_an_empty_ledger_has_an_empty_summary(contract, rows):
    """No instance, no row, the same columns."""
    assert build(contract, rows([], [])).shape == (0, len(contract))
