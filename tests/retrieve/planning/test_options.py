"""How to move: what the user gives is read, or refused by name."""

from __future__ import annotations

import math

import pytest

from dicommove.entities import Remote
from dicommove.errors import EntityError, QueryError
from dicommove.retrieve.planning.guards import Limit
from dicommove.retrieve.planning.options import Options, read_options
from dicommove.retrieve.running.watch import Timeouts
from dicommove.store import Layout

REMOTE = Remote("127.0.0.1", 104)


def test_without_options_a_move_is_careful():
    """50 studies or 20,000 instances, 300 s of silence, 10 s of grace, a folder of the user alone."""
    assert read_options(REMOTE) == Options()
    assert Options().limit == Limit(50, 20_000)
    assert Options().timeouts == Timeouts(silence=300.0, total=None, grace=10.0, stragglers=5.0)
    assert Options().private


def test_the_limits_of_the_peers_entry_hold_where_the_user_gives_none():
    """An archive may set others; what the user says goes before both."""
    remote = Remote("127.0.0.1", 104, limit_studies=5, limit_instances=None)

    assert read_options(remote).limit == Limit(5, None)
    assert read_options(remote, limit=7).limit == Limit(7, 2800)
    assert read_options(remote, limit=None).limit == Limit(None, None)


def test_seconds_stand_beside_the_other_options():
    """The names of the time limits are options of a move; None waits without end where that is allowed."""
    given = read_options(REMOTE, silence=None, total=60, grace=0, stragglers=1.5, sha256=True)

    assert given.timeouts == Timeouts(None, 60.0, 0.0, 1.5)
    assert given.sha256


@pytest.mark.parametrize("name", ["silence", "total", "grace", "stragglers"])
@pytest.mark.parametrize("value", [-1, "5", True, math.nan, math.inf])
def test_what_is_no_number_of_seconds_is_refused(name, value):
    """A wait that would never end, or no number at all, is refused by its name."""
    with pytest.raises(QueryError, match=f"{name}=.* seconds"):
        read_options(REMOTE, **{name: value})


@pytest.mark.parametrize("name", ["grace", "stragglers"])
def test_waits_that_must_end_take_no_none(name):
    """The grace and the wait for stragglers are bounded."""
    with pytest.raises(QueryError, match=name):
        read_options(REMOTE, **{name: None})


@pytest.mark.parametrize(("name", "nearest"), [("silense", "silence"), ("prority", "priority"), ("destinaton", "destination")])
def test_an_unknown_option_names_the_nearest(name, nearest):
    """A misspelt option is never ignored."""
    with pytest.raises(QueryError, match=rf"{name}= is no option.*did you mean {nearest}="):
        read_options(REMOTE, **{name: 1})


def test_an_option_like_no_other_is_refused_alone():
    """Where nothing is near, nothing is suggested; the composed value is no option."""
    with pytest.raises(QueryError, match=r"xyzzy= is no option of a move$"):
        read_options(REMOTE, xyzzy=1)
    with pytest.raises(QueryError, match="timeouts= is no option"):
        read_options(REMOTE, timeouts=Timeouts())


def test_a_priority_is_one_of_three():
    """The three of PS3.7, in words."""
    assert read_options(REMOTE, priority="high").priority == "high"
    with pytest.raises(QueryError, match="low, medium, high"):
        read_options(REMOTE, priority="urgent")


@pytest.mark.parametrize("title", ["", "   ", "A" * 17, "A\\B", "Ä"])
def test_a_destination_is_an_ae_title(title):
    """What PS3.5 6.2 forbids is refused here, not by the archive."""
    with pytest.raises(EntityError, match=r"destination=.*PS3\.5"):
        read_options(REMOTE, destination=title)


def test_a_destination_that_is_no_text_is_refused():
    """A Peer or a number in the place of a title is named as such."""
    with pytest.raises(EntityError, match="destination=7"):
        read_options(REMOTE, destination=7)


@pytest.mark.parametrize("name", ["sha256", "private"])
def test_flags_are_flags(name):
    """`private="no"` would be true: it is refused."""
    assert getattr(read_options(REMOTE, **{name: False}), name) is False
    with pytest.raises(QueryError, match=f"{name}=.*True or False"):
        read_options(REMOTE, **{name: "no"})


def test_a_layout_is_read_at_once():
    """A template is a layout, and a bad one is refused before anything is asked."""
    assert read_options(REMOTE, layout="{study}/{instance}.dcm").layout == Layout("{study}/{instance}.dcm")
    with pytest.raises(QueryError):
        read_options(REMOTE, layout="{PixelData}")


def test_a_durability_is_one_of_two():
    """What outlives a power cut is an option by name; anything else is refused with the names that are taken."""
    assert read_options(REMOTE).durability == "process"
    assert read_options(REMOTE, durability="power").durability == "power"
    with pytest.raises(QueryError, match="one of process, power is needed"):
        read_options(REMOTE, durability="disk")
