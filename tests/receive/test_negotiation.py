"""Which contexts are accepted with which transfer syntax, and which associations are not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ

from dicommove.receive.associate import NegotiationError, Proposed, accept_pdu, read_request, reject_pdu
from dicommove.receive.negotiation import choose, refusal_of
from dicommove.terms import IMPLEMENTATION_CLASS_UID

CT = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT, EXPLICIT, BIG, DEFLATED = (f"1.2.840.10008.1.2{tail}" for tail in ("", ".1", ".2", ".1.99"))
JPEG, J2K = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.90"
VERIFICATION, FIND, PRIVATE = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.2.2.1", "1.3.6.1.4.1.99.1"


def chosen(*contexts, preferred=None):
    """Return what is chosen for contexts given as (abstract syntax, offered...)."""
    proposed = [Proposed(2 * number + 1, abstract, offered) for number, (abstract, *offered) in enumerate(contexts)]
    return [(context.result, context.transfer_syntax) for context in choose(proposed, preferred)]


def accepted(request, max_length):
    """Encode the answer to a request."""
    answers = ((context.context_id, context.result, context.transfer_syntax) for context in choose(request.contexts))
    return accept_pdu(request, answers, max_length)


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ([JPEG], JPEG),
        ([IMPLICIT], IMPLICIT),
        ([IMPLICIT, EXPLICIT], EXPLICIT),
        ([IMPLICIT, BIG], BIG),
        ([DEFLATED, IMPLICIT], IMPLICIT),
        ([DEFLATED, BIG, EXPLICIT], EXPLICIT),
        ([JPEG, IMPLICIT], IMPLICIT),
        ([JPEG, DEFLATED], DEFLATED),
        ([J2K, JPEG], J2K),
        (["1.3.6.1.4.1.99.2"], "1.3.6.1.4.1.99.2"),
    ],
)
def test_one_context(offered, expected):
    """The only one; of several a native one, best first; of compressed ones the proposer's first."""
    assert chosen((CT, *offered)) == [(0, expected)]


def test_compressed_where_another_context_is_native():
    """A compressed one is chosen where another context of the same class takes the native objects."""
    assert chosen((CT, IMPLICIT, EXPLICIT), (CT, JPEG, J2K, IMPLICIT)) == [(0, EXPLICIT), (0, JPEG)]


def test_native_context_of_another_class_does_not_count():
    """Another class's native context takes none of this class's objects."""
    assert chosen(("1.2.3", EXPLICIT), (CT, JPEG, IMPLICIT)) == [(0, EXPLICIT), (0, IMPLICIT)]


def test_mixed_contexts_do_not_count_as_native():
    """Two contexts that both mix would otherwise both become compressed."""
    assert chosen((CT, JPEG, IMPLICIT), (CT, J2K, IMPLICIT)) == [(0, IMPLICIT), (0, IMPLICIT)]


@pytest.mark.parametrize("abstract", [VERIFICATION, PRIVATE, "1.2.840.10008.5.1.4.1.1.6", CT])
def test_storage_and_verification_are_accepted(abstract):
    """Private and retired storage classes are accepted like any other."""
    assert chosen((abstract, IMPLICIT)) == [(0, IMPLICIT)]


@pytest.mark.parametrize("abstract", [FIND, "1.2.840.10008.5.1.4.1.2.2.2", "", "no uid", "1." * 40])
def test_other_services_are_not(abstract):
    """Classes of other services, and what is no UID, are not supported as abstract syntax."""
    assert chosen((abstract, IMPLICIT)) == [(3, None)]


def test_preferred_transfer_syntaxes_decide():
    """A listener's own list overrides the rules, Verification apart."""
    contexts = (CT, IMPLICIT, EXPLICIT, JPEG), (CT, J2K), (VERIFICATION, IMPLICIT)
    assert chosen(*contexts, preferred=(JPEG, EXPLICIT)) == [(0, JPEG), (4, None), (0, IMPLICIT)]


def test_no_transfer_syntax_offered():
    """A context without a transfer syntax cannot be accepted."""
    assert chosen((CT,)) == [(4, None)]


def test_128_contexts_are_answered(wire):
    """All contexts that an association may have are read and answered, each with its ID."""
    pdu = wire.request_pdu([(number, CT, (IMPLICIT, EXPLICIT)) for number in range(1, 256, 2)], called="US", calling="THEM")
    request = read_request(pdu)
    answer = A_ASSOCIATE_AC()
    answer.decode(accepted(request, 131072))
    assert [item.context_id for item in answer.presentation_context] == list(range(1, 256, 2))
    assert (request.calling_ae_title, request.called_ae_title) == ("THEM", "US")
    assert answer.user_information.maximum_length == 131072
    assert answer.user_information.implementation_class_uid == IMPLEMENTATION_CLASS_UID
    assert answer.user_information.async_ops_window is None


def test_asynchronous_operations_window_is_one(wire):
    """A proposed window is answered 1,1 (PS3.7 D.3.3.3)."""
    request = read_request(wire.request_pdu(windowed=True))
    answer = A_ASSOCIATE_AC()
    answer.decode(accepted(request, 0))
    window = answer.user_information.async_ops_window
    assert (window.maximum_number_operations_invoked, window.maximum_number_operations_performed) == (1, 1)


def test_unreadable_requests_are_told(wire):
    """A request that is cut off or full of noise is an error of its own."""
    pdu = wire.request_pdu()
    for broken in (pdu[:-5], pdu[:74] + b"\xff" * 40, b"\x01\0\0\0\0\0"):
        with pytest.raises(NegotiationError):
            read_request(broken)


def test_even_and_repeated_context_ids_are_told(wire):
    """Context IDs are odd and there once (PS3.8 9.3.2.2)."""
    pdu = bytearray(wire.request_pdu([(1, CT, (IMPLICIT,)), (3, CT, (EXPLICIT,))]))
    item = pdu.rindex(b"\x20\x00")
    assert pdu[item + 4] == 3
    for wrong in (1, 4):
        pdu[item + 4] = wrong
        with pytest.raises(NegotiationError, match="context IDs"):
            read_request(bytes(pdu))


def test_other_versions_and_application_contexts_are_refused(wire):
    """Protocol version and application context name other than DICOM's are refused with their reasons."""
    pdu = bytearray(wire.request_pdu())
    pdu[7] = 2
    assert refusal_of(read_request(bytes(pdu)))[:3] == (1, 2, 2)
    other = wire.request_pdu().replace(b"1.2.840.10008.3.1.1.1", b"1.2.840.10008.3.1.1.9")
    assert refusal_of(read_request(other))[:3] == (1, 1, 2)
    assert refusal_of(read_request(wire.request_pdu())) is None


def test_uids_that_break_the_rules_are_read_without_a_warning(wire):
    """Real senders have letters and zero-led components in their UIDs; they are read and answered as they are."""
    pdu = wire.request_pdu([(1, "1.2.3.4", ("1.2.3.5",))]).replace(b"1.2.3.4", b"1.02.V4").replace(b"1.2.3.5", b"1.00.x5")
    request = read_request(pdu)
    (context,) = choose(request.contexts)
    assert (context.abstract_syntax, context.transfer_syntax) == ("1.02.V4", "1.00.x5")
    assert b"1.00.x5" in accepted(request, 0)


def test_unknown_items_are_stepped_over(wire):
    """Items and sub-items that nobody knows are ignored (PS3.8 9.3.1)."""
    pdu = wire.request_pdu() + b"\x99\0\0\x03abc"
    assert read_request(pdu).contexts == read_request(wire.request_pdu()).contexts


def test_rejection_is_what_pynetdicom_reads():
    """A-ASSOCIATE-RJ has result, source and reason in their places."""
    answer = A_ASSOCIATE_RJ()
    answer.decode(reject_pdu(1, 1, 7))
    assert (answer.result, answer.source, answer.reason_diagnostic) == (1, 1, 7)


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_a_request_or_an_error(data):
    """Whatever follows the fixed fields is read or refused."""
    try:
        request = read_request(bytes(74) + data)
    except NegotiationError:
        return
    accepted(request, 0)
