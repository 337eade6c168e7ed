"""C-ECHO and C-FIND over real associations: levels, models, refusals, character sets, counts and C-CANCEL."""

import select
import socket
import threading
import time

import pytest
from pynetdicom.dsutils import encode

from dicommove.demo_archive import DemoArchive, acceptor
from dicommove.demo_archive.composing import compose, part10
from dicommove.demo_archive.elements import Element, encode_elements, text_element
from dicommove.demo_archive.sender import _associate_request, p_data_pdus
from dicommove.terms import InformationModel

PATIENT_ROOT, STUDY_ROOT, PATIENT_STUDY = InformationModel
IMPLICIT = "1.2.840.10008.1.2"


def test_echo_is_answered(archive, client):
    """C-ECHO succeeds."""
    with client.association(archive) as talk:
        assert talk.send_c_echo().Status == 0x0000


def test_only_its_own_title_is_answered(archive, client):
    """Another called AE title is rejected with its reason; ANY-SCP stands for any."""
    with client.association(archive, called="OTHER") as talk:
        assert talk.is_rejected
        assert talk.acceptor.primitive.diagnostic == 7
    with client.association(archive, called="ANY-SCP") as talk:
        assert talk.is_established


@pytest.mark.parametrize("syntaxes", [[IMPLICIT], ["1.2.840.10008.1.2.1"]])
def test_wildcard_range_and_modality_find_the_studies_of_the_readme(archive, client, syntaxes):
    """The query of the README finds CT and MR studies in the first quarter of 2024, in both encodings."""
    query = client.identifier(
        "STUDY", PatientName="MEIER*", StudyDate="20240101-20240331", ModalitiesInStudy="CT", StudyInstanceUID=""
    )
    with client.association(archive, syntaxes=syntaxes) as talk:
        responses = list(talk.send_c_find(query, STUDY_ROOT.find_uid))
    assert [status.Status for status, _ in responses] == [0xFF00, 0xFF00, 0x0000]
    assert {str(answer.PatientName).split("^")[0] for _, answer in responses[:-1]} == {"MEIER", "MEIERHÖFER"}
    assert responses[0][1].RetrieveAETitle == "DEMO"


def test_every_level_is_found_below_the_one_above(archive, client):
    """PATIENT, STUDY, SERIES and IMAGE, each by the unique keys above it, in Patient Root."""
    above = {}
    for level, key in [
        ("PATIENT", "PatientID"),
        ("STUDY", "StudyInstanceUID"),
        ("SERIES", "SeriesInstanceUID"),
        ("IMAGE", "SOPInstanceUID"),
    ]:
        wanted = {"PatientID": "000123"} if level == "PATIENT" else {key: ""}
        answers, final = client.find(archive, client.identifier(level, **{**above, **wanted}), model=PATIENT_ROOT)
        assert final.Status == 0x0000
        assert answers
        above[key] = answers[0][key].value
    assert len(answers) == 64


def test_counts_and_modalities_are_computed(archive, client):
    """Related instances, series and modalities are counted over what the archive holds."""
    keys = ("ModalitiesInStudy", "NumberOfStudyRelatedInstances", "NumberOfStudyRelatedSeries", "SOPClassesInStudy")
    answers, _ = client.find(archive, client.identifier("STUDY", AccessionNumber="A20240001", **dict.fromkeys(keys, "")))
    assert list(answers[0].ModalitiesInStudy) == ["CT", "SR"]
    assert (answers[0].NumberOfStudyRelatedInstances, answers[0].NumberOfStudyRelatedSeries) == (66, 3)
    assert len(answers[0].SOPClassesInStudy) == 3
    patients, _ = client.find(
        archive, client.identifier("PATIENT", PatientID="000123", NumberOfPatientRelatedStudies=None), model=PATIENT_STUDY
    )
    assert patients[0].NumberOfPatientRelatedStudies == 2


def test_ambiguous_accession_number_finds_two_studies(archive, client):
    """One accession number is in two studies, of two patients, so that cohorts meet the case."""
    answers, _ = client.find(archive, client.identifier("STUDY", AccessionNumber="A20230900", StudyInstanceUID=""))
    assert len({answer.StudyInstanceUID for answer in answers}) == 2


@pytest.mark.parametrize(
    ("charset", "asked", "name", "answered"),
    [
        (None, "MEIER*", "MEIER^ANNA", None),
        ("ISO_IR 192", "ива*", "ИВАНОВА^МАРИЯ", "ISO_IR 144"),
        ("ISO_IR 144", "ИВА*", "ИВАНОВА^МАРИЯ", "ISO_IR 144"),
        ("ISO_IR 192", "山田*", "Yamada^Tarou=山田^太郎=やまだ^たろう", ["", "ISO 2022 IR 87"]),
        ("ISO_IR 100", "GARCÍA*", "GARCÍA^LUCÍA", "ISO_IR 100"),
    ],
)
def test_names_are_found_and_answered_in_their_character_sets(archive, client, *, charset, asked, name, answered):
    """The query's character set is read, the answer keeps the instance's own bytes and character set."""
    query = client.identifier("STUDY", PatientName="", StudyInstanceUID="")
    if charset:
        query.SpecificCharacterSet = charset
    query.PatientName = asked
    answers, _ = client.find(archive, query)
    assert name in {str(answer.PatientName) for answer in answers}
    assert answers[0].get("SpecificCharacterSet") == answered


@pytest.mark.parametrize(
    ("model", "level", "keys", "offending", "comment"),
    [
        (STUDY_ROOT, "SERIES", {"SeriesInstanceUID": ""}, 0x0020000D, "StudyInstanceUID must be one value"),
        (STUDY_ROOT, "IMAGE", {"StudyInstanceUID": "1.2"}, 0x0020000E, "SeriesInstanceUID must be one value"),
        (PATIENT_ROOT, "STUDY", {"PatientID": "0*"}, 0x00100020, "PatientID must be one value"),
        (STUDY_ROOT, "PATIENT", {"PatientID": "1"}, 0x00080052, "QueryRetrieveLevel"),
        (PATIENT_STUDY, "SERIES", {"PatientID": "1"}, 0x00080052, "QueryRetrieveLevel"),
        (STUDY_ROOT, "STUDY", {"SeriesDescription": "x"}, 0x0008103E, "SeriesDescription is no key at STUDY"),
        (STUDY_ROOT, "SERIES", {"StudyInstanceUID": "1.2", "PatientName": "A*"}, 0x00100010, "PatientName is no key at SERIES"),
        (STUDY_ROOT, "STUDY", {"ModalitiesInStudy": ["CT", "MR"]}, 0x00080061, "ModalitiesInStudy: a list of values"),
    ],
)
def test_identifier_against_the_rules_is_refused(archive, client, *, model, level, keys, offending, comment):
    """What the Standard forbids is answered 0xA900 with the element and a comment that names it, never a value."""
    answers, final = client.find(archive, client.identifier(level, **keys), model=model)
    assert not answers
    assert final.Status == 0xA900
    assert final.OffendingElement == offending
    assert comment in final.ErrorComment


def test_relational_query_needs_no_unique_keys_above(archive, client):
    """Where relational queries were negotiated, keys of the levels above are taken and answered."""
    query = client.identifier("SERIES", PatientName="MEIER^A*", Modality="MR", SeriesInstanceUID="", StudyDescription="")
    answers, final = client.find(archive, query, relational=True)
    assert final.Status == 0x0000
    assert [answer.StudyDescription for answer in answers] == ["MR head", "MR head"]


def test_relational_queries_can_be_switched_off(small_folder, client):
    """An archive that does not know relational queries refuses what needs them."""
    with DemoArchive(data=small_folder, relational=False) as plain:
        _, final = client.find(plain, client.identifier("SERIES", Modality="CT"), relational=True)
    assert final.Status == 0xA900


def test_key_of_another_level_comes_back_empty_with_a_remark(archive, client):
    """A return key that the level does not have is empty, and the status says 0xFF01."""
    with client.association(archive) as talk:
        query = client.identifier("STUDY", AccessionNumber="A20240001", SeriesDescription="")
        status, answer = next(iter(talk.send_c_find(query, STUDY_ROOT.find_uid)))
        assert status.Status == 0xFF01
        assert answer.SeriesDescription == ""


def test_sequence_keys_match_and_are_answered(tmp_path, client):
    """Sequence matching looks into the items, and the stored sequence comes back."""
    study = {
        "StudyInstanceUID": "1.2.3",
        "SeriesInstanceUID": "1.2.4",
        "SOPClassUID": "1.2.5",
        "SOPInstanceUID": "1.2.6",
        "PatientID": "1",
    }
    code = {"CodeValue": "51185008", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Chest"}
    (tmp_path / "one").write_bytes(part10(compose({**study, "ProcedureCodeSequence": [code]})))
    wanted, other, universal = (client.identifier("STUDY") for _ in range(3))
    for query, value in ((wanted, "5118*"), (other, "7*"), (universal, "")):
        item = client.identifier("STUDY", CodeValue=value)
        del item.QueryRetrieveLevel
        query.ProcedureCodeSequence = [item]
    with DemoArchive(data=tmp_path) as archive:
        answers = [client.find(archive, query)[0] for query in (wanted, other, universal)]
    assert [len(found) for found in answers] == [1, 0, 1]
    assert answers[0][0].ProcedureCodeSequence[0].CodeMeaning == "Chest"


def test_cancelled_find_ends_early(tmp_path, client):
    """C-CANCEL ends a C-FIND with 0xFE00 before everything was answered."""
    for number in range(1500):
        (tmp_path / f"{number}").write_bytes(client.small_instance(number))
    query = client.identifier("IMAGE", StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.3.4", SOPInstanceUID="")
    with DemoArchive(data=tmp_path) as archive, client.association(archive) as talk:
        statuses = []
        for status, _ in talk.send_c_find(query, STUDY_ROOT.find_uid, msg_id=7):
            if not statuses:
                talk.send_c_cancel(7, query_model=STUDY_ROOT.find_uid)
            statuses.append(status.Status)
        assert statuses[-1] == 0xFE00
        assert len(statuses) < 1500
        assert (
            list(talk.send_c_find(client.identifier("STUDY", StudyInstanceUID="1.2.3"), STUDY_ROOT.find_uid, msg_id=7))[-1][
                0
            ].Status
            == 0
        )


def test_unreadable_identifier_is_answered(archive, client):
    """Bytes that are no Identifier are answered with a failure, and the archive lives on."""
    query = client.identifier("STUDY", StudyInstanceUID="1.2.3")
    query.add_new(0x00091001, "UN", b"\xff" * 7)
    with client.association(archive) as talk:
        assert list(talk.send_c_find(query, STUDY_ROOT.find_uid))[-1][0].Status in (0x0000, 0xA900, 0xC000)
        assert talk.send_c_echo().Status == 0x0000


def test_peer_that_does_not_read_does_not_hold_up_the_end(tmp_path, client, monkeypatch):
    """`stop` ends also while the archive is in the middle of an answer that nobody takes off the network."""
    for number in range(300):
        (tmp_path / f"{number}").write_bytes(client.small_instance(number, ImageComments="x" * 1000))
    accept = acceptor._Server.get_request
    accepted = []

    def with_little_room(server):
        connection, address = accept(server)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        accepted.append(connection)
        return connection, address

    monkeypatch.setattr(acceptor._Server, "get_request", with_little_room)
    monkeypatch.setattr(acceptor, "_STUCK_SECONDS", 600)
    archive = DemoArchive(data=tmp_path).start()
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.connect(("127.0.0.1", archive.port))
        peer.sendall(_associate_request("DEAF", "DEMO", {(STUDY_ROOT.find_uid, IMPLICIT): 1}))
        assert peer.recv(4096)[0] == 2
        peer.sendall(find_request(client))
        wait_until_full(accepted)
        end = threading.Thread(target=archive.stop)
        end.start()
        end.join(timeout=20)
        assert not end.is_alive()


def wait_until_full(connections):
    """Wait until nothing can be written for a second: until then the kernel moves what it has to the peer's buffer."""
    deadline, full = time.monotonic() + 20, 0
    while full < 100:
        assert time.monotonic() < deadline
        full = 0 if select.select([], connections, [], 0)[1] else full + 1
        threading.Event().wait(0.01)


def find_request(client):
    """PDUs of a C-FIND-RQ for all instances and their comments."""
    query = client.identifier("IMAGE", StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.3.4", SOPInstanceUID="", ImageComments="")
    words = {0x00000100: 0x0020, 0x00000110: 1, 0x00000700: 0, 0x00000800: 1}
    command = {0x00000002: text_element("UI", STUDY_ROOT.find_uid)}
    command |= {tag: Element("US", word.to_bytes(2, "little")) for tag, word in words.items()}
    body = encode_elements(command, explicit=False)
    length = encode_elements({0: Element("UL", len(body).to_bytes(4, "little"))}, explicit=False)
    return b"".join((*p_data_pdus(1, 1, length + body, 16000), *p_data_pdus(1, 0, encode(query, True, True), 16000)))
