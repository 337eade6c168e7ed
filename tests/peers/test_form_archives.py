"""The form on real archives: found, opened, peeked at, planned, moved; and refused by one that does not know us."""

from __future__ import annotations

import pytest

import dicommove as dm

pytestmark = pytest.mark.peer
DEADLINE_S = 120


@pytest.fixture
def form_on(tmp_path):
    """Open a form on a running archive; it is closed with the test."""
    opened = []

    def make(server, port, ae_title="NOTEBOOK"):
        peer = dm.Peer(
            server.host, server.port, ae_title=server.ae_title, calling_ae_title=ae_title, listener=dm.Listener(port=port)
        )
        opened.append(dm.form(peer, tmp_path / "data", check=False, limit=None))
        return opened[-1]

    yield make
    for form in opened:
        form.close()


def searched(form):
    """The form with all studies of the archive ticked, and their rows."""
    form.fill(patient_id="*")
    form.search()
    form.tick()
    return form._session.table


def test_everything_is_found_peeked_at_and_retrieved(archive, form_on, free_port, real_files):
    """Of nine character sets and six transfer syntaxes; where an archive counts nothing, series fill the rows of studies in."""
    port = free_port()
    server = archive({"NOTEBOOK": port})
    loaded = server.load(real_files)
    form = form_on(server, port)
    table = searched(form)
    studies = table.matches.studies()
    assert {table.matches.uid(row) for row in studies} == {file.StudyInstanceUID for file in loaded}

    form._session.peek()
    form._session.work.settle(DEADLINE_S)
    assert form._session.fault == ""
    assert len(table._cards) == len({file.SeriesInstanceUID for file in loaded})
    assert [facts["note"] for facts, picture in table._cards.values() if picture is None and not facts["title"]] == []
    modality = [table.matches.cells(row)[3] for row in studies]
    assert all(modality)

    result = form.retrieve().result(DEADLINE_S)
    assert result.outcome == "complete", result
    assert set(result.ledger["SOPInstanceUID"]) == {file.SOPInstanceUID for file in loaded}


def test_an_archive_that_does_not_know_us_is_explained(archive, form_on, free_port, real_files):
    """The result says that nothing came and why; the form goes on."""
    server = archive({"ANOTHER": free_port()})
    server.load(real_files[:2])
    form = form_on(server, free_port())
    searched(form)

    assert form.retrieve().result(DEADLINE_S).outcome == "refused"
    form._session.explain()
    form._session.work.settle(DEADLINE_S)

    text = form._session.card._parts["text"]["text"]
    assert "NOTEBOOK" in text
    assert "To send to the administrator" in text
    form.search()
    assert len(form.matches) > 0
