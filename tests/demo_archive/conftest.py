"""Archives on free ports, a destination that keeps the raw bytes, and associations to talk to them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, DEFAULT_TRANSFER_SYNTAXES, evt
from pynetdicom.pdu_primitives import SOPClassExtendedNegotiation
from pynetdicom.presentation import build_context
from pynetdicom.service_class import StorageServiceClass
from pynetdicom.sop_class import Verification, register_uid

from dicommove.demo_archive import DemoArchive
from dicommove.demo_archive.composing import compose, part10
from dicommove.demo_archive.patients import PRIVATE
from dicommove.terms import InformationModel

CT = "1.2.840.10008.5.1.4.1.1.2"
DEADLINE_SECONDS = 20


def identifier(level, **keys):
    """Make an Identifier."""
    dataset = Dataset()
    dataset.QueryRetrieveLevel = level
    for keyword, value in keys.items():
        setattr(dataset, keyword, value)
    return dataset


def small_instance(number, *, study="1.2.3", series="1.2.3.4", sop_class=CT, **extra):
    """A Part 10 file of some 600 bytes."""
    return part10(
        compose(
            {
                "SOPClassUID": sop_class,
                "SOPInstanceUID": f"{series}.{number}",
                "StudyInstanceUID": study,
                "SeriesInstanceUID": series,
                "PatientID": "P1",
                "PatientName": "SMALL^ONE",
                "Modality": "CT",
                "StudyDate": "20240101",
                "InstanceNumber": number,
                "Rows": 4,
                "Columns": 4,
                "PixelData": bytes(32),
                **extra,
            }
        )
    )


@pytest.fixture(scope="session")
def client():
    """What the tests talk to archives with."""
    return SimpleNamespace(association=association, find=find, move=move, identifier=identifier, small_instance=small_instance)


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory):
    """Twelve small instances of one series."""
    folder = tmp_path_factory.mktemp("small")
    for number in range(1, 13):
        (folder / f"{number}.dcm").write_bytes(small_instance(number))
    return folder


@pytest.fixture(scope="session")
def archive():
    """The archive with its synthetic patients, without a fault and without destinations."""
    with DemoArchive() as running:
        yield running


@contextmanager
def association(
    archive, *, model=InformationModel.STUDY_ROOT, called="DEMO", syntaxes=DEFAULT_TRANSFER_SYNTAXES, relational=False
):
    """An association with C-ECHO, C-FIND and C-MOVE of one model."""
    entity = AE("NOTEBOOK")
    entity.dimse_timeout = DEADLINE_SECONDS
    contexts = [build_context(uid, syntaxes) for uid in (Verification, model.find_uid, model.move_uid)]
    extended = [_relational_queries(model)] if relational else []
    talk = entity.associate("127.0.0.1", archive.port, contexts=contexts, ae_title=called, ext_neg=extended)
    # pynetdicom forgets to close a connection that the other side has closed first.
    connection = talk.dul.socket.socket
    try:
        yield talk
    finally:
        if talk.is_established:
            talk.release()
        if talk.is_alive():
            talk.join(timeout=DEADLINE_SECONDS)
        if connection is not None:
            connection.close()


def _relational_queries(model):
    item = SOPClassExtendedNegotiation()
    item.sop_class_uid = model.find_uid
    item.service_class_application_information = b"\1"
    return item


def find(archive, query, *, model=InformationModel.STUDY_ROOT, relational=False):
    """All answers to a C-FIND, and its final status Dataset."""
    with association(archive, model=model, relational=relational) as talk:
        responses = list(talk.send_c_find(query, model.find_uid))
    return [answer for _, answer in responses[:-1]], responses[-1][0]


def move(archive, query, destination="KEEPER", *, model=InformationModel.STUDY_ROOT, message_id=1):
    """All responses to a C-MOVE as (status Dataset, Identifier)."""
    with association(archive, model=model) as talk:
        return list(talk.send_c_move(query, destination, model.move_uid, msg_id=message_id))


@pytest.fixture(scope="session")
def uncommon_classes():
    """Pynetdicom serves only classes that it knows: make it know the private and the retired one of the demo archive."""
    for number, uid in enumerate((PRIVATE, "1.2.840.10008.5.1.4.1.1.6")):
        register_uid(uid, f"UncommonStorage{number}", StorageServiceClass)


@pytest.fixture
def keeper(uncommon_classes):  # noqa: ARG001 - a fixture for its effect
    """A Storage SCP that keeps what comes as it came.

    `received` is by UID and `arrivals` in order, `associations` are counted, `answer` gives the next status, and `until(n)`
    waits for so many arrivals.
    """
    sockets = []
    state = SimpleNamespace(received={}, arrivals=[], associations=0, answer=lambda _: 0x0000)
    changed = threading.Condition()

    def on_store(event):
        request = event.request
        arrival = SimpleNamespace(
            uid=str(request.AffectedSOPInstanceUID),
            data=request.DataSet.getvalue(),
            syntax=str(event.context.transfer_syntax),
            originator=(request.MoveOriginatorApplicationEntityTitle, request.MoveOriginatorMessageID),
        )
        with changed:
            state.received[arrival.uid] = arrival
            state.arrivals.append(arrival)
            changed.notify_all()
        return state.answer(arrival.uid)

    def until(count):
        with changed:
            return changed.wait_for(lambda: len(state.arrivals) >= count, timeout=DEADLINE_SECONDS)

    def on_open(event):
        state.associations += 1
        # As in `association`: closed when the test ends.
        sockets.append(event.assoc.dul.socket.socket)

    entity = AE("KEEPER")
    entity.maximum_pdu_size = 0
    state.entity = entity
    state.until = until
    state.accept = lambda *uids: [entity.add_supported_context(uid, ALL_TRANSFER_SYNTAXES) for uid in uids]
    state.accept(CT)
    state.start = lambda: _start(state, [(evt.EVT_C_STORE, on_store), (evt.EVT_ESTABLISHED, on_open)])
    yield state
    entity.shutdown()
    for connection in sockets:
        connection.close()


def _start(state, handlers):
    server = state.entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    return {"KEEPER": ("127.0.0.1", server.socket.getsockname()[1])}
