"""What each fault puts on the wire: what arrives at the destination, what the responses say, what C-FIND answers."""

import io
import threading

import pydicom
import pytest
from pynetdicom import evt

from dicommove.demo_archive import DemoArchive
from dicommove.terms import InformationModel

PATIENT_ROOT, STUDY_ROOT, _ = InformationModel
ASKED = {"StudyInstanceUID": "1.2.3"}
ALL = [f"1.2.3.4.{number}" for number in range(1, 13)]
DEADLINE_SECONDS = 20


def told(status):
    """Status, and completed, failed and warning of a response."""
    return (status.Status, *(getattr(status, f"NumberOf{name}Suboperations") for name in ("Completed", "Failed", "Warning")))


def uids(keeper):
    """SOP Instance UIDs in the order of their arrival."""
    return [arrival.uid for arrival in keeper.arrivals]


@pytest.fixture(scope="module")
def three_studies(tmp_path_factory, client):
    """The twelve instances of `1.2.3`, and five each of two other studies: CT, MR and MR."""
    folder = tmp_path_factory.mktemp("three")
    for number in range(1, 13):
        (folder / f"{number}").write_bytes(client.small_instance(number))
    for study in ("1.2.4", "1.2.5"):
        for number in range(1, 6):
            made = client.small_instance(number, study=study, series=f"{study}.4", Modality="MR")
            (folder / f"{study}.{number}").write_bytes(made)
    return folder


def test_lie_delivers_all_and_tells_of_failures(small_folder, keeper, client):
    """`lie` sends every instance, counts every second one as failed, lists it, and ends with 0xB000."""
    with DemoArchive(data=small_folder, fault="lie", destinations=keeper.start()) as archive:
        responses = client.move(archive, client.identifier("STUDY", **ASKED))
    assert uids(keeper) == ALL
    assert told(responses[-1][0]) == (0xB000, 6, 6, 0)
    assert list(responses[-1][1].FailedSOPInstanceUIDList) == ALL[::2]
    assert [told(status)[1:3] for status, _ in responses[:3]] == [(0, 1), (1, 1), (1, 2)]


def test_lie_about_a_single_instance_is_no_refusal(small_folder, keeper, client):
    """Also when the only instance is told as failed the status is 0xB000: something was delivered."""
    asked = client.identifier("IMAGE", **ASKED, SeriesInstanceUID="1.2.3.4", SOPInstanceUID="1.2.3.4.7")
    with DemoArchive(data=small_folder, fault="lie", destinations=keeper.start()) as archive:
        final, listed = client.move(archive, asked)[-1]
    assert told(final) == (0xB000, 0, 1, 0)
    assert (uids(keeper), listed.FailedSOPInstanceUIDList) == (["1.2.3.4.7"], "1.2.3.4.7")


def test_late_instances_come_after_the_final_response(small_folder, keeper, client):
    """`late` answers 0x0000 with everything completed while the destination has accepted nothing; then all come."""
    answered = threading.Event()
    # The archive would wait here for ever if it sent before it answered.
    keeper.answer = lambda _: 0x0000 if answered.wait(DEADLINE_SECONDS) else 0xA700
    with DemoArchive(data=small_folder, fault="late:0", destinations=keeper.start()) as archive:
        responses = client.move(archive, client.identifier("STUDY", **ASKED), message_id=9)
        answered.set()
        assert keeper.until(12)
    assert [told(status) for status, _ in responses] == [(0x0000, 12, 0, 0)]
    assert uids(keeper) == ALL
    assert keeper.associations == 1
    assert {arrival.originator for arrival in keeper.arrivals} == {("NOTEBOOK", 9)}


def test_stopped_archive_sends_nothing_late(small_folder, keeper, client):
    """What has not been sent when the archive stops does not come any more, and `stop` does not wait for it."""
    with DemoArchive(data=small_folder, fault="late:600", destinations=keeper.start()) as archive:
        assert client.move(archive, client.identifier("STUDY", **ASKED))[-1][0].Status == 0x0000
    assert not [thread for thread in threading.enumerate() if thread.name == "demo-archive-late"]
    assert keeper.arrivals == []


def test_duplicates_are_the_same_bytes_and_counted_once(small_folder, keeper, client):
    """`duplicate` sends every third instance twice, over the same association, and counts twelve."""
    with DemoArchive(data=small_folder, fault="duplicate", destinations=keeper.start()) as archive:
        final = client.move(archive, client.identifier("STUDY", **ASKED))[-1][0]
    assert uids(keeper) == sorted([*ALL, *ALL[::3]], key=ALL.index)
    assert len({(arrival.uid, arrival.data) for arrival in keeper.arrivals}) == 12
    assert told(final) == (0x0000, 12, 0, 0)
    assert keeper.associations == 1


def test_refused_duplicate_changes_no_counter(small_folder, keeper, client):
    """A destination may refuse the second copy: what was delivered stays completed."""
    keeper.answer = lambda uid: 0xA700 if uids(keeper).count(uid) > 1 else 0x0000
    with DemoArchive(data=small_folder, fault="duplicate", destinations=keeper.start()) as archive:
        final = client.move(archive, client.identifier("STUDY", **ASKED))[-1][0]
    assert told(final) == (0x0000, 12, 0, 0)


def test_conflicting_copy_has_its_uid_and_other_bytes(small_folder, keeper, client):
    """`conflict` sends every third instance as stored, and then with other Image Comments and nothing else changed."""
    with DemoArchive(data=small_folder, fault="conflict", destinations=keeper.start()) as archive:
        final = client.move(archive, client.identifier("STUDY", **ASKED))[-1][0]
    assert uids(keeper) == sorted([*ALL, *ALL[::3]], key=ALL.index)
    assert told(final) == (0x0000, 12, 0, 0)
    first, second = (
        pydicom.dcmread(io.BytesIO(arrival.data), force=True) for arrival in keeper.arrivals if arrival.uid == ALL[3]
    )
    assert "ImageComments" not in first
    assert second.pop("ImageComments").value
    assert first == second


def test_unexpected_instances_are_of_a_study_that_was_not_asked_for(three_studies, keeper, client):
    """`unexpected` sends three instances of another study after the asked ones, and counts them."""
    with DemoArchive(data=three_studies, fault="unexpected", destinations=keeper.start()) as archive:
        final = client.move(archive, client.identifier("STUDY", **ASKED))[-1][0]
    assert uids(keeper) == [*ALL, "1.2.5.4.1", "1.2.5.4.2", "1.2.5.4.3"]
    assert told(final) == (0x0000, 15, 0, 0)


@pytest.mark.parametrize(
    ("level", "keys", "count"),
    [
        ("STUDY", {"PatientID": "P1", "StudyInstanceUID": "9.9"}, 0),
        ("PATIENT", {"PatientID": "P1"}, 22),
        ("SERIES", {"PatientID": "P1", "StudyInstanceUID": "1.2.5", "SeriesInstanceUID": "1.2.5.4"}, 8),
    ],
)
def test_unexpected_needs_something_asked_for_and_something_else(three_studies, keeper, client, *, level, keys, count):
    """Nothing uninvited comes when nothing matched, nor when everything there is was asked for."""
    with DemoArchive(data=three_studies, fault="unexpected", destinations=keeper.start()) as archive:
        final = client.move(archive, client.identifier(level, **keys), model=PATIENT_ROOT)[-1][0]
    assert told(final) == (0x0000, count, 0, 0)
    assert len(set(uids(keeper))) == count


def test_ignored_key_matches_everything_and_tells_the_truth(three_studies, client):
    """`ignores:ModalitiesInStudy` answers every study with its real modalities; other keys are looked at as ever."""
    with DemoArchive(data=three_studies, fault="ignores:ModalitiesInStudy") as archive:
        answers, final = client.find(archive, client.identifier("STUDY", ModalitiesInStudy="CT", StudyInstanceUID=""))
        others, _ = client.find(archive, client.identifier("STUDY", ModalitiesInStudy="CT", StudyInstanceUID="1.2.4"))
        none, _ = client.find(archive, client.identifier("STUDY", ModalitiesInStudy="CT", PatientID="P2"))
    assert final.Status == 0x0000
    assert [(answer.StudyInstanceUID, answer.ModalitiesInStudy) for answer in answers] == [
        ("1.2.3", "CT"),
        ("1.2.4", "MR"),
        ("1.2.5", "MR"),
    ]
    assert (len(others), len(none)) == (1, 0)


@pytest.mark.parametrize(("cap", "answered"), [(0, 0), (5, 5), (12, 12), (500, 12)])
def test_capped_answers_end_with_plain_success(small_folder, client, cap, answered):
    """`cap:N` ends a C-FIND after N answers, and 0x0000 says nothing of it."""
    asked = client.identifier("IMAGE", **ASKED, SeriesInstanceUID="1.2.3.4", SOPInstanceUID="")
    with DemoArchive(data=small_folder, fault=f"cap:{cap}") as archive:
        answers, final = client.find(archive, asked)
    assert (len(answers), final.Status) == (answered, 0x0000)
    assert "ErrorComment" not in final


@pytest.mark.parametrize(
    ("level", "keys", "status"),
    [
        ("PATIENT", {}, 0x0000),
        ("STUDY", ASKED, 0x0000),
        ("SERIES", {**ASKED, "SeriesInstanceUID": "1.2.3.4"}, 0xA900),
        ("IMAGE", {**ASKED, "SeriesInstanceUID": "1.2.3.4", "SOPInstanceUID": ALL[:2]}, 0xA900),
    ],
)
def test_study_only_archive_refuses_deeper_moves(small_folder, keeper, client, *, level, keys, status):
    """`study-only` answers SERIES and IMAGE moves with 0xA900 and sends nothing; the level is the offending element."""
    with DemoArchive(data=small_folder, fault="study-only", destinations=keeper.start()) as archive:
        final = client.move(archive, client.identifier(level, PatientID="P1", **keys), model=PATIENT_ROOT)[-1][0]
        deeper, _ = client.find(archive, client.identifier("SERIES", **ASKED, SeriesInstanceUID=""))
    assert (final.Status, len(keeper.arrivals), len(deeper)) == (status, 0 if status else 12, 1)
    assert final.get("OffendingElement") == (0x00080052 if status else None)


def test_availability_and_archive_are_answered_when_asked_for(three_studies, client):
    """Without a fault all is ONLINE, at every level; who has it is told by its AE title."""
    above = {}
    with DemoArchive(data=three_studies) as archive:
        for level, key, value in [
            ("PATIENT", "PatientID", "P1"),
            ("STUDY", "StudyInstanceUID", "1.2.3"),
            ("SERIES", "SeriesInstanceUID", "1.2.3.4"),
            ("IMAGE", "SOPInstanceUID", "1.2.3.4.1"),
        ]:
            above[key] = value
            asked = client.identifier(level, **above, InstanceAvailability="", RetrieveAETitle="")
            (answer,), final = client.find(archive, asked, model=PATIENT_ROOT)
            assert (answer.InstanceAvailability, answer.RetrieveAETitle, final.Status) == ("ONLINE", "DEMO", 0x0000)
        (silent,), _ = client.find(archive, client.identifier("STUDY", **ASKED))
    assert "InstanceAvailability" not in silent


def test_every_second_study_is_nearline(three_studies, client):
    """`nearline` says so at STUDY level, below it, and of the patient."""
    asked = {"StudyInstanceUID": "", "InstanceAvailability": ""}
    with DemoArchive(data=three_studies, fault="nearline") as archive:
        studies, _ = client.find(archive, client.identifier("STUDY", **asked))
        series, _ = client.find(archive, client.identifier("SERIES", **asked, SeriesInstanceUID=""), relational=True)
        patients, _ = client.find(
            archive, client.identifier("PATIENT", PatientID="P1", InstanceAvailability=""), model=PATIENT_ROOT
        )
    expected = ["NEARLINE", "ONLINE", "NEARLINE"]
    assert [answer.InstanceAvailability for answer in studies] == expected
    assert [answer.InstanceAvailability for answer in series] == expected
    assert [answer.InstanceAvailability for answer in patients] == ["NEARLINE"]


def test_online_studies_need_no_preparation(three_studies, keeper, client):
    """With a preparation of ten minutes the online study comes at once."""
    with DemoArchive(data=three_studies, fault="nearline:600", destinations=keeper.start()) as archive:
        final = client.move(archive, client.identifier("STUDY", StudyInstanceUID="1.2.4"))[-1][0]
    assert told(final) == (0x0000, 5, 0, 0)


def test_prepared_studies_come(three_studies, keeper, client):
    """When the preparation is over everything is sent as ever."""
    with DemoArchive(data=three_studies, fault="nearline:0.1", destinations=keeper.start()) as archive:
        final = client.move(archive, client.identifier("STUDY", **ASKED))[-1][0]
    assert told(final) == (0x0000, 12, 0, 0)
    assert uids(keeper) == ALL


def test_preparation_is_silent_and_can_be_cancelled(three_studies, keeper, client):
    """Before a nearline study is there nothing is answered and nobody is called; C-CANCEL ends it with all remaining."""
    with (
        DemoArchive(data=three_studies, fault="nearline:600", destinations=keeper.start()) as archive,
        client.association(archive) as talk,
    ):
        statuses = cancelled_move(client, talk)
    assert [(status.Status, status.NumberOfRemainingSuboperations) for status in statuses] == [(0xFE00, 12)]
    assert (keeper.associations, keeper.arrivals) == (0, [])


def cancelled_move(client, talk):
    """Responses to a C-MOVE whose C-CANCEL leaves right behind its Identifier."""
    last_of_a_data_set = b"\x02"

    def cancel(event):
        items = getattr(event.pdu, "presentation_data_value_items", [])
        if any(item.presentation_data_value[:1] == last_of_a_data_set for item in items):
            talk.send_c_cancel(5, query_model=STUDY_ROOT.move_uid)

    talk.bind(evt.EVT_PDU_SENT, cancel)
    asked = client.identifier("STUDY", **ASKED)
    return [status for status, _ in talk.send_c_move(asked, "KEEPER", STUDY_ROOT.move_uid, msg_id=5)]


def test_deaf_archive_sends_everything(small_folder, keeper, client):
    """`deaf` goes on after a C-CANCEL that came before the first instance, to the end."""
    with (
        DemoArchive(data=small_folder, fault="slow:0.02+deaf", destinations=keeper.start()) as archive,
        client.association(archive) as talk,
    ):
        statuses = cancelled_move(client, talk)
        assert told(statuses[-1]) == (0x0000, 12, 0, 0)
        assert talk.send_c_echo().Status == 0x0000
    assert uids(keeper) == ALL


def test_deaf_archive_answers_a_cancelled_find_to_the_end(small_folder, client):
    """A C-FIND that is cancelled at its first answer is answered as if it were not."""
    asked = client.identifier("IMAGE", **ASKED, SeriesInstanceUID="1.2.3.4", SOPInstanceUID="")
    with DemoArchive(data=small_folder, fault="deaf") as archive, client.association(archive) as talk:
        statuses = []
        for status, _ in talk.send_c_find(asked, STUDY_ROOT.find_uid, msg_id=7):
            if not statuses:
                talk.send_c_cancel(7, query_model=STUDY_ROOT.find_uid)
            statuses.append(status.Status)
    assert statuses == [0xFF00] * 12 + [0x0000]


def test_faults_add_up(three_studies, keeper, client):
    """Joined faults each do their part: one instance dropped, some doubled, three uninvited, half of it told as failed."""
    fault = "drop:1+duplicate+unexpected,lie"
    with DemoArchive(data=three_studies, fault=fault, destinations=keeper.start()) as archive:
        final = client.move(archive, client.identifier("STUDY", **ASKED))[-1][0]
    arrived = uids(keeper)
    assert len(set(arrived)) == 14
    assert {uid for uid in arrived if arrived.count(uid) == 2} == {*ALL[3::3], "1.2.5.4.1"}
    assert final.Status == 0xB000
    assert final.NumberOfCompletedSuboperations + final.NumberOfFailedSuboperations == 15
