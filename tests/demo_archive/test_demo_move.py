"""C-MOVE over real associations: bytes untouched, counters, every fault, C-CANCEL, destinations that fail."""

import threading
from pathlib import Path

import pytest

from dicommove.demo_archive import DemoArchive
from dicommove.terms import InformationModel, Level

PATIENT_ROOT, STUDY_ROOT, PATIENT_STUDY = InformationModel
SMALL_STUDY = {"StudyInstanceUID": "1.2.3"}
CT = "1.2.840.10008.5.1.4.1.1.2"


def stored_bytes(archive):
    """Data set bytes of every instance by UID, read from its file without our own reader's offset."""
    found = {}
    for node in archive.index.nodes(Level.IMAGE):
        whole = Path(node.instance.path).read_bytes()
        length = int.from_bytes(whole[140:144], "little")
        found[node.uid] = whole[144 + length :]
    return found


def counters(status):
    """Remaining, completed, failed, warning as (…, None where absent)."""
    names = ("Remaining", "Completed", "Failed", "Warning")
    return tuple(getattr(status, f"NumberOf{name}Suboperations", None) for name in names)


def test_what_is_sent_is_what_is_stored(archive, keeper, client):
    """Every synthetic instance, compressed, private and retired ones too, arrives byte for byte in its own transfer syntax."""
    instances = {node.uid: node.instance for node in archive.index.nodes(Level.IMAGE)}
    keeper.accept(*{instance.sop_class_uid for instance in instances.values()})
    for title, (host, port) in keeper.start().items():
        archive.register(title, host, port)
    studies = [node.uid for node in archive.index.nodes(Level.STUDY)]
    responses = client.move(archive, client.identifier("STUDY", StudyInstanceUID=studies), message_id=77)
    assert counters(responses[-1][0]) == (None, len(instances), 0, 0)
    stored = stored_bytes(archive)
    assert keeper.received.keys() == stored.keys()
    for uid, arrived in keeper.received.items():
        assert arrived.data == stored[uid]
        assert arrived.syntax == instances[uid].transfer_syntax_uid
        assert arrived.originator == ("NOTEBOOK", 77)


def test_counters_go_down_and_up(small_folder, keeper, client):
    """One response for each instance of a small move; the final one has no Remaining and no Identifier."""
    with DemoArchive(data=small_folder, destinations=keeper.start()) as archive:
        responses = client.move(archive, client.identifier("STUDY", **SMALL_STUDY))
    assert [counters(status) for status, _ in responses] == [(12 - n, n, 0, 0) for n in range(1, 13)] + [(None, 12, 0, 0)]
    assert responses[-1][0].Status == 0x0000
    assert responses[-1][1] is None
    assert keeper.associations == 1


@pytest.mark.parametrize(
    ("model", "level", "keys", "count"),
    [
        (PATIENT_ROOT, "PATIENT", {"PatientID": "P1"}, 12),
        (PATIENT_ROOT, "STUDY", {"PatientID": "P1", **SMALL_STUDY}, 12),
        (PATIENT_STUDY, "STUDY", {"PatientID": "P1", **SMALL_STUDY}, 12),
        (STUDY_ROOT, "SERIES", {**SMALL_STUDY, "SeriesInstanceUID": "1.2.3.4"}, 12),
        (STUDY_ROOT, "IMAGE", {**SMALL_STUDY, "SeriesInstanceUID": "1.2.3.4", "SOPInstanceUID": ["1.2.3.4.2", "1.2.3.4.9"]}, 2),
        (STUDY_ROOT, "STUDY", {"StudyInstanceUID": "9.9"}, 0),
    ],
)
def test_every_level_can_be_moved(small_folder, keeper, client, *, model, level, keys, count):
    """Unique keys and lists of UIDs move just what they name; what is not there is a success with nothing in it."""
    with DemoArchive(data=small_folder, destinations=keeper.start()) as archive:
        final = client.move(archive, client.identifier(level, **keys), model=model)[-1][0]
    assert (final.Status, final.NumberOfCompletedSuboperations, len(keeper.received)) == (0x0000, count, count)


@pytest.mark.parametrize(
    ("model", "level", "keys"),
    [
        (PATIENT_ROOT, "PATIENT", {"PatientName": "SMALL*"}),
        (PATIENT_ROOT, "PATIENT", {"PatientID": ["P1", "P2"]}),
        (STUDY_ROOT, "STUDY", {"StudyInstanceUID": ""}),
        (STUDY_ROOT, "SERIES", {"SeriesInstanceUID": "1.2.3.4"}),
        (STUDY_ROOT, "STUDY", {**SMALL_STUDY, "StudyDate": "20240101"}),
    ],
)
def test_move_without_unique_keys_is_refused(small_folder, keeper, client, *, model, level, keys):
    """A C-MOVE needs its unique keys and takes no others: 0xA900, nothing sent."""
    with DemoArchive(data=small_folder, destinations=keeper.start()) as archive:
        (status, _), *others = client.move(archive, client.identifier(level, **keys), model=model)
    assert (status.Status, others, keeper.received) == (0xA900, [], {})
    assert status.ErrorComment


def test_unknown_destination_is_mended_by_registering(small_folder, keeper, client):
    """0xA801 for a title that the archive does not know; registered, the same move succeeds."""
    address = keeper.start()["KEEPER"]
    with DemoArchive(data=small_folder) as archive:
        first = client.move(archive, client.identifier("STUDY", **SMALL_STUDY))
        archive.register("KEEPER", *address)
        second = client.move(archive, client.identifier("STUDY", **SMALL_STUDY))
    assert [status.Status for status, _ in first] == [0xA801]
    assert second[-1][0].Status == 0x0000


def test_dropped_instances_are_counted_and_come_when_asked_again(small_folder, keeper, client):
    """`drop:3` claims twelve and sends nine; the next move brings all."""
    with DemoArchive(data=small_folder, fault="drop:3", destinations=keeper.start()) as archive:
        final = client.move(archive, client.identifier("STUDY", **SMALL_STUDY))[-1][0]
        assert (final.Status, final.NumberOfCompletedSuboperations, len(keeper.received)) == (0x0000, 12, 9)
        client.move(archive, client.identifier("STUDY", **SMALL_STUDY))
    assert len(keeper.received) == 12


@pytest.mark.parametrize(("fault", "status"), [("refuse", 0xA702), ("unknown-destination", 0xA801)])
def test_refusing_archive_still_finds(small_folder, keeper, client, fault, status):
    """Refused moves send nothing, and C-FIND works."""
    with DemoArchive(data=small_folder, fault=fault, destinations=keeper.start()) as archive:
        responses = client.move(archive, client.identifier("STUDY", **SMALL_STUDY))
        answers, _ = client.find(archive, client.identifier("STUDY", **SMALL_STUDY))
    assert [response.Status for response, _ in responses] == [status]
    assert (len(answers), keeper.received) == (1, {})


def test_aborting_archive_sends_so_many_before(small_folder, keeper, client):
    """`abort:5` aborts the association after five instances; the archive goes on with others."""
    with DemoArchive(data=small_folder, fault="abort:5", destinations=keeper.start()) as archive:
        with client.association(archive) as talk:
            responses = list(talk.send_c_move(client.identifier("STUDY", **SMALL_STUDY), "KEEPER", STUDY_ROOT.move_uid))
            talk.join(timeout=20)
            assert talk.is_aborted
        assert "Status" not in responses[-1][0]
        assert len(keeper.received) == 5
        with client.association(archive) as talk:
            assert talk.send_c_echo().Status == 0x0000


def test_cancel_is_obeyed_between_instances(small_folder, keeper, client):
    """With `slow` a C-CANCEL ends the move with 0xFE00 and says how many remain."""
    with (
        DemoArchive(data=small_folder, fault="slow:0.1", destinations=keeper.start()) as archive,
        client.association(archive) as talk,
    ):
        statuses = []
        for status, _ in talk.send_c_move(client.identifier("STUDY", **SMALL_STUDY), "KEEPER", STUDY_ROOT.move_uid, msg_id=5):
            if not statuses:
                talk.send_c_cancel(5, query_model=STUDY_ROOT.move_uid)
            statuses.append(status)
    remaining, completed, *_ = counters(statuses[-1])
    assert statuses[-1].Status == 0xFE00
    assert remaining > 0
    assert (completed + remaining, len(keeper.received)) == (12, completed)


def test_failures_and_warnings_are_counted_and_listed(small_folder, keeper, client):
    """What the destination refuses is in the list of failed UIDs, what it takes with a remark is a warning: 0xB000."""
    statuses = {"1.2.3.4.1": 0xA700, "1.2.3.4.2": 0xB000, "1.2.3.4.3": 0x0124}
    keeper.answer = lambda uid: statuses.get(uid, 0x0000)
    with DemoArchive(data=small_folder, destinations=keeper.start()) as archive:
        final, listed = client.move(archive, client.identifier("STUDY", **SMALL_STUDY))[-1]
    assert (final.Status, counters(final)) == (0xB000, (None, 9, 2, 1))
    assert set(listed.FailedSOPInstanceUIDList) == {"1.2.3.4.1", "1.2.3.4.3"}


def test_destination_that_is_down_fails_everything(small_folder, keeper, client):
    """Nobody listens at the registered address: 0xA702, everything failed and listed."""
    destinations = keeper.start()
    keeper.entity.shutdown()
    with DemoArchive(data=small_folder, destinations=destinations) as archive:
        final, listed = client.move(archive, client.identifier("STUDY", **SMALL_STUDY))[-1]
    assert (final.Status, final.NumberOfFailedSuboperations, len(listed.FailedSOPInstanceUIDList)) == (0xA702, 12, 12)


def test_more_contexts_than_an_association_has_take_two(tmp_path, keeper, client):
    """130 SOP Classes in one study need two associations, for one has 128 contexts."""
    for number in range(130):
        (tmp_path / f"{number}").write_bytes(client.small_instance(number, sop_class=f"1.2.840.99999.{number}"))
    with DemoArchive(data=tmp_path, destinations=keeper.start()) as archive:
        final = client.move(archive, client.identifier("STUDY", **SMALL_STUDY))[-1][0]
    assert final.NumberOfFailedSuboperations == 130
    assert keeper.associations == 2


def test_association_that_the_destination_ends_is_opened_anew(small_folder, keeper, client):
    """A destination that aborts at one instance fails that one and gets the others over another association."""

    def abort_at_four(uid):
        if uid == "1.2.3.4.4" and keeper.associations == 1:
            for association in keeper.entity.active_associations:
                association.acse.send_abort(0)
        return 0x0000

    keeper.answer = abort_at_four
    with DemoArchive(data=small_folder, destinations=keeper.start()) as archive:
        final, listed = client.move(archive, client.identifier("STUDY", **SMALL_STUDY))[-1]
    assert counters(final) == (None, 11, 1, 0)
    assert listed.FailedSOPInstanceUIDList == "1.2.3.4.4"
    assert keeper.associations == 2


def test_stopping_archive_ends_a_running_move(small_folder, keeper, client):
    """`stop` does not wait for a slow move to finish."""
    archive = DemoArchive(data=small_folder, fault="slow:30", destinations=keeper.start()).start()
    with client.association(archive) as talk:
        thread = threading.Thread(
            target=lambda: list(talk.send_c_move(client.identifier("STUDY", **SMALL_STUDY), "KEEPER", STUDY_ROOT.move_uid))
        )
        thread.start()
        archive.stop()
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert not archive.running
