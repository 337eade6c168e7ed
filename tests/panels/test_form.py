"""The form without a browser: every button, what is said when something is in the way, and what the next cell has of it."""

from __future__ import annotations

import json

import pytest

import dicommove as dm

DEADLINE_S = 60


def searched(form, **values):
    """The form after a search."""
    form.fill(**values)
    form.search()
    return form


def test_from_fields_to_result(form_of):
    """Typed, searched, ticked, planned and retrieved: each step is seen in the panel and in the next cell."""
    form, fields, table, card = form_of()
    fields.tell("ready")
    fields.tell("fields", values={**fields.last("fields")["values"], "patient_name": "MEIER*", "modalities": ["CT"]})
    fields.tell("press", button="search")

    rows = table.wait("rows")[0][0]["rows"]
    assert [row[1] for row in rows] == ["MEIER ANNA", "MEIERHÖFER JÖRG Dr."]
    table.tell("ticks", rows=[rows[0][0]])
    assert card.last("allow")["ticked"] == "1 study, 66 images"
    card.tell("press", button="plan")
    facts = dict(card.wait("plan", 1)[-1][0]["facts"])
    assert (facts["Instances"], facts["Files such as"].count("/")) == ("66 (known by UID)", 2)
    assert form.plan.studies == 1
    card.tell("press", button="retrieve")

    assert form.operation.result(DEADLINE_S).outcome == "complete"
    shown = [one for one, _ in card.wait("result", 2) if one["facts"]]
    assert shown[-1]["outcome"] == "complete"
    assert form.result.outcome == "complete"
    assert list(form.selection["PatientID"]) == ["000123"]
    assert form.query.count() == len(form.matches) == 2


def test_nothing_typed_or_found_is_in_a_trait(form_of):
    """A saved notebook holds the traits: no names, no numbers of patients, no pixels."""
    form, *_ = form_of()
    searched(form, patient_name="MEIER*", patient_id="000123")
    form.tick()
    form._session.peek()
    form._session.work.settle()
    form.retrieve().result(DEADLINE_S)

    parts = [form, form._session.fields, form._session.table, form._session.card]
    kept = [{name: value for name, value in part.get_state().items() if name not in ("_esm", "_css")} for part in parts]
    state = json.dumps(kept, default=repr)
    assert "MEIER" not in state
    assert "000123" not in state
    assert len(state) < 10_000


def test_a_study_opens_and_a_part_of_it_is_moved(form_of):
    """Series are asked for when they are wanted; with one of them ticked the selection is of series, also of whole studies."""
    form, _, table, _ = form_of()
    searched(form, patient_id="000123")
    studies = form._session.table.matches.studies()

    table.tell("open", row=studies[0])
    series = [row for row, *_ in next(one for one, _ in table.wait("rows", 2) if one["of"] == studies[0])["rows"]]
    table.tell("ticks", rows=[series[0], studies[1]])

    assert list(form.selection["SeriesDescription"]) == ["Head 2.5 soft", "T1 axial", "T2 axial"]
    assert len(form.retrieve().result(DEADLINE_S).series) == 3


def test_other_ticks_void_the_plan(form_of):
    """What is retrieved is what is ticked, never an older plan."""
    form, _, _, card = form_of()
    searched(form, patient_id="000123")
    form.tick([0])
    card.tell("press", button="plan")
    assert form.plan.expected == 66

    form.tick([1])

    assert form.plan is None
    assert card.last("plan")["facts"] == []
    assert len(form.retrieve().result(DEADLINE_S).instances) == 64


def test_another_folder_voids_the_plan(form_of, tmp_path):
    """Instances go where the panel says when Retrieve is pressed."""
    form, _, _, card = form_of("first")
    searched(form, patient_id="JP-0042").tick()
    card.tell("press", button="plan")
    assert form.plan.folder == tmp_path / "first"

    card.tell("folder", text=f" {tmp_path / 'second'} ")

    assert form.plan is None
    assert form.retrieve().result(DEADLINE_S).folder == tmp_path / "second"
    assert not (tmp_path / "first").exists()


@pytest.mark.parametrize(
    ("values", "said"),
    [({}, "no field is filled in"), ({"patient_id": "P1", "date_from": "2024-02-30"}, "cannot be used")],
)
def test_a_search_that_says_nothing_is_not_sent(form_of, values, said):
    """The panel says why, and goes on."""
    form, fields, *_ = form_of()
    form.fill(**values)

    fields.tell("press", button="search")

    assert said in form._session.fields.fault
    with pytest.raises(dm.QueryError, match=said):
        form.search()
    searched(form, patient_id="000123", date_from="")
    assert form._session.fields.fault == ""
    assert len(form.matches) == 2


def test_an_archive_that_is_away_is_said_and_the_form_goes_on(form_of):
    """In words, beside the button; the light says the same, and another archive can be chosen."""
    form, fields, *_ = form_of(peer=dm.Peer("127.0.0.1", 1, ae_title="AWAY"))
    form.fill(patient_id="000123")

    fields.tell("press", button="search")
    form._session.work.settle()

    assert "nothing listens" in form._session.fields.fault
    lights = [one["state"] for one, _ in fields.wait("light", 2)]
    assert lights[-1] == "fault"
    with pytest.raises(dm.QueryError, match="nothing was searched for"):
        form.matches  # noqa: B018 - the property is what is tried


def test_the_light_tells_a_move_that_will_fail(form_of):
    """An archive that answers, but does not know us as a destination, is no green light."""
    _, fields, *_ = form_of(fault="unknown-destination")

    fields.tell("press", button="check")

    light = fields.wait("light", 2)[-1][0]
    assert light["state"] == "doubt"
    assert "move will fail" in light["text"]
    assert any("destination" in line for line in light["lines"])


def test_a_move_that_is_refused_is_explained(form_of):
    """Outcome and likely cause stand in the card, the whole explanation is one press away."""
    form, _, _, card = form_of(fault="refuse", stragglers=0)
    searched(form, patient_id="JP-0042").tick()
    form.retrieve().result(DEADLINE_S)
    assert [one for one, _ in card.wait("result", 2)][-1]["outcome"] == "refused"

    card.tell("press", button="explain")

    text = card.wait("text", 3)[-1][0]["text"]
    assert "0xA702" in text
    assert form.result.outcome == "refused"


def test_nothing_ticked_is_no_move(form_of):
    """By code as by button."""
    form, *_ = form_of()
    searched(form, patient_id="000123")

    with pytest.raises(dm.QueryError, match="nothing is ticked"):
        form.retrieve()


def test_ticking_everything_keeps_to_the_limit(form_of):
    """One press ticks all: unlike a table in a cell it is guarded, and the options of the form are those of the move."""
    form, *_ = form_of(limit=1)
    searched(form, patient_id="000123").tick()

    with pytest.raises(dm.QueryError, match="limit"):
        form.retrieve()
    assert "limit" in form._session.card.fault
    with pytest.raises(dm.QueryError, match="no option"):
        form_of(limits=1)


def test_a_second_move_waits_for_the_first(form_of):
    """While one runs the buttons are off, and a press says why; after a cancel the form is free again."""
    form, _, _, card = form_of(fault="slow:0.01")
    searched(form, patient_id="000123").tick()
    operation = form.retrieve()
    assert card.last("allow")["moving"]

    with pytest.raises(dm.QueryError, match="under way"):
        form.retrieve()
    operation.cancel()

    assert operation.result(DEADLINE_S).outcome == "cancelled"
    assert form.result.outcome == "cancelled"
    card.wait("result", 2)
    assert form.retrieve().result(DEADLINE_S).outcome == "complete"


def test_a_peek_shows_a_card_for_each_ticked_series(form_of):
    """With the middle picture and how it was acquired; what has no picture says so by having none."""
    form, _, table, _ = form_of()
    searched(form, patient_id="000123").tick([0])

    form._session.peek()
    form._session.work.settle()

    cards = {one["description"]: (one, pictures) for one, pictures in table.of("card")}
    assert list(cards) == ["Head 2.5 soft", "Perfusion map", "Report"]
    assert cards["Head 2.5 soft"][0]["facts"] == "axial, 2.5 mm, H31s"
    assert cards["Head 2.5 soft"][1][0].startswith(b"\x89PNG")
    assert cards["Report"][1] == []


def test_a_search_can_be_stopped(form_of):
    """What was found before the stop is shown, with a warning."""
    form, fields, table, _ = form_of()
    form.fill(patient_name="M*")
    stop = form._session._cancel
    form._session._tell_request = lambda *_: stop.set()

    fields.tell("press", button="search")
    form._session.work.settle()

    assert "stopped" in table.wait("end")[-1][0]["warnings"][0]


def test_a_reload_shows_everything_again(form_of, front_end):
    """A second view asks, and is told fields, table, ticks, plan and result."""
    form, *_ = form_of()
    searched(form, patient_id="000123").tick([0])
    form.retrieve().result(DEADLINE_S)

    fields, table, card = (front_end(part) for part in (form._session.fields, form._session.table, form._session.card))
    for part in (fields, table, card):
        part.tell("ready")

    assert fields.last("fields")["values"]["patient_id"] == "000123"
    assert [len(one["rows"]) for one, _ in table.of("rows")] == [2]
    assert table.last("ticks")["rows"] == [0]
    assert card.last("allow")["ticked"] == "1 study, 66 images"


def test_its_text_and_html_say_series_facts_only(form_of):
    """What a view without widgets shows names nobody."""
    form, *_ = form_of()
    searched(form, patient_name="MEIER*").tick([0])
    bundle = form._repr_mimebundle_()

    for text in (repr(form), bundle["text/plain"], bundle["text/html"]):
        assert "4 studies, 1 rows ticked" in text
        assert "MEIER" not in text
        assert "000123" not in text


def test_completion_and_peers_are_answered(form_of, tmp_path, monkeypatch):
    """Keywords as they are typed; another archive when it is chosen, and one that cannot be used leaves the old."""
    config = tmp_path / "config.toml"
    config.write_text('[peers.broken]\nhots = "x"\n[peers.other]\nhost = "127.0.0.1"\nport = 1\n', encoding="utf-8")
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(config))
    form, fields, *_ = form_of()

    fields.tell("complete", text="bodyp")
    assert fields.last("complete")["options"][0] == "BodyPartExamined"
    fields.tell("peer_chosen", index=1)
    assert "hots" in form._session.fields.fault
    assert fields.last("peers")["chosen"] == 0
    fields.tell("peer_chosen", index=2)
    assert (form.peer.name, form.query.peer.port) == ("other", 1)
