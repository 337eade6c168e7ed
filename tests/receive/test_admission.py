"""Whose an instance is: claims, ties, what a listener admits beyond them."""

from __future__ import annotations

import pytest

from dicommove.entities import Listener
from dicommove.head import Head
from dicommove.receive import Claim, Sender, StoreRequest
from dicommove.receive.admission import Admission, Member
from dicommove.receive.intake import Refused

REQUEST = StoreRequest(Sender(1, "10.0.0.9", 4711, "PACS", "US"), 1, "1.2", "1.2.3", "1.2.840.10008.1.2.1")
HEAD = Head("1.2.840.10008.1.2.1")


def member(recorder, admit="asked", peer="10.0.0.5"):
    """Make a member that talks to a peer."""
    return Member(Listener(admit=admit), recorder, frozenset({peer}), frozenset({0x00080018}))


def winner(*members):
    """Return the number of the member that gets the instance."""
    admission = Admission()
    for one in members:
        admission.add(one)
    admission.settle(REQUEST, HEAD)
    return next(number for number, one in enumerate(members) if one.claimant.sinks)


@pytest.mark.parametrize("strong", list(Claim)[1:])
def test_strongest_claim_wins(wire, strong):
    """Every stronger claim wins over every weaker one, whoever joined or began first."""
    weaker = [member(wire.Recorder(claim, began=9.0)) for claim in Claim if claim < strong]
    assert winner(*weaker, member(wire.Recorder(strong)), *weaker) == len(weaker)


def test_of_equal_claims_the_one_that_began_last(wire):
    """Two claims by address alone: the request that began last."""
    assert winner(*(member(wire.Recorder(Claim.ADDRESS, began=began)) for began in (1.0, 3.0, 2.0))) == 1


def test_nobody_claims(wire):
    """Without a claim the instance is refused with 0x0124."""
    with pytest.raises(Refused) as refused:
        winner(member(wire.Recorder(Claim.NONE)))
    assert refused.value.status == 0x0124


def test_nobody_is_there():
    """A reception whose last member just left refuses."""
    with pytest.raises(Refused):
        winner()


def test_peer_admits_its_own_address_only(wire):
    """With admit="peer" an unasked instance is taken from the peer's address."""
    assert winner(member(wire.Recorder(Claim.NONE), "peer", "10.0.0.9")) == 0
    with pytest.raises(Refused):
        winner(member(wire.Recorder(Claim.NONE), "peer", "10.0.0.5"))


def test_any_admits_everything_but_claims_nothing(wire):
    """With admit="any" whatever nobody claims is taken."""
    anything = member(wire.Recorder(Claim.NONE), "any")
    assert winner(anything) == 0
    assert winner(member(wire.Recorder(Claim.NONE), "any"), member(wire.Recorder(Claim.ADDRESS))) == 1


def test_called_ae_titles():
    """An AE title that some listener has is taken; a listener without one takes any."""
    admission = Admission()
    assert not admission.takes_ae_title("US")
    admission.add(Member(Listener(ae_title="US"), None, frozenset(), frozenset()))
    assert (admission.takes_ae_title("US"), admission.takes_ae_title("THEM")) == (True, False)
    admission.add(Member(Listener(), None, frozenset(), frozenset()))
    assert admission.takes_ae_title("THEM")


def test_member_that_cannot_take_note_harms_nobody(wire):
    """A note that raises in one operation still reaches the others."""

    class Broken(wire.Recorder):
        def note(self, *_):
            raise ZeroDivisionError

    admission, recorder = Admission(), wire.Recorder()
    for claimant in (Broken(), recorder):
        admission.add(member(claimant))
    admission.note("echo", {"association": 1})
    assert recorder.notes == [("echo", {"association": 1})]


def test_operation_that_ended_keeps_nothing_more(wire):
    """A data set that is still under way when its operation leaves is forgotten."""
    recorder, admission = wire.Recorder(), Admission()
    one = member(recorder)
    admission.add(one)
    sink = admission.settle(REQUEST, HEAD)
    one.leave(timeout=0)
    with pytest.raises(OSError, match="ended"):
        sink.finish(HEAD)
    assert recorder.sinks[0].abandoned
    assert one.busy == 0


def test_operation_is_not_gone_before_all_is_done_for_its_instances(wire):
    """A data set that was kept counts as under way until what follows its answer is done."""
    recorder, admission = wire.Recorder(), Admission()
    one = member(recorder)
    admission.add(one)
    sink = admission.settle(REQUEST, HEAD)
    assert sink.finish(HEAD) == 0
    assert one.busy == 1
    sink.answered()
    assert one.busy == 0
