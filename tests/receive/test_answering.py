"""What is done when an answer is sent, and what follows it."""

from __future__ import annotations

import threading

from dicommove.errors import StoreError

RELEASE = b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00"


def test_what_may_wait_is_done_after_the_answer(associated, recorder, wire):
    """A sink is told once its answer was sent; a sender that got it is not kept waiting by what is done then."""
    got = threading.Event()
    told = []

    def open_sink(request, head):
        sink = wire.Recorder.open(recorder, request, head)
        sink.answered = lambda: told.append(got.wait(10))
        return sink

    recorder.open = open_sink
    associated.send(wire.store_pdus(wire.data_set()))
    assert associated.status() == 0
    got.set()
    associated.send(RELEASE)
    assert associated.receive()[0] == 6
    assert told == [True]


def test_record_that_fails_after_the_answer_is_a_fault_of_its_own(associated, recorder, wire):
    """When what is done after the answer cannot be done, the operations hear of it and the association goes on."""

    def fail():
        raise StoreError("the journal is full")

    def open_sink(request, head):
        sink = wire.Recorder.open(recorder, request, head)
        sink.answered = fail
        return sink

    recorder.open = open_sink
    for number in (1, 2):
        associated.send(wire.store_pdus(wire.data_set(f"1.2.{number}"), uid=f"1.2.{number}"))
        assert associated.status() == 0
    assert "not recorded: the journal is full" in recorder.wait_for("fault", sop_instance_uid="1.2.1")["reason"]
