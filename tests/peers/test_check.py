"""check() on real archives: every row right, and of five wrong registrations the cause first, by check() and by explain()."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

import dicommove as dm

from .archives import Dcmqrscp, Orthanc, free_port
from .embedded import Demo
from .qrscp import Qrscp

pytestmark = pytest.mark.peer

ROWS = (
    *("TCP", "TLS", "association", "C-ECHO", "C-FIND, Study Root", "C-FIND, Patient Root", "C-FIND, Patient/Study Only"),
    *("C-MOVE, Study Root", "C-MOVE, Patient Root", "C-MOVE, Patient/Study Only", "extended negotiation, C-FIND"),
    *("extended negotiation, C-MOVE", "query", "our port", "our address", "move destination", "way back", "throughput"),
)
NONE_HAS = {"TLS", "extended negotiation, C-MOVE"}
RETIRED = {"C-FIND, Patient/Study Only", "C-MOVE, Patient/Study Only"}
ABSENT = {
    "demo": NONE_HAS,
    "orthanc": NONE_HAS | RETIRED | {"extended negotiation, C-FIND"},
    "dcmqrscp": NONE_HAS | {"extended negotiation, C-FIND"},
    "qrscp": NONE_HAS | RETIRED | {"extended negotiation, C-FIND"},
}
"""What each does not have."""


@pytest.fixture(scope="module")
def servers(require, tmp_path_factory, real_files):
    """Each archive by its name, started when it is first asked for, with one real study."""
    running = {}
    made = {
        "demo": Demo,
        "orthanc": lambda folder: Orthanc(folder, require("Orthanc")),
        "dcmqrscp": lambda folder: Dcmqrscp(folder, require("dcmqrscp"), require("dcmqridx")),
        "qrscp": Qrscp,
    }

    def start(name):
        if name not in running:
            server = made[name](tmp_path_factory.mktemp(name))
            server.start()
            running[name] = server
            server.load([file for file in real_files if file.path.name == "CT_small.dcm"])
        return running[name]

    yield start
    for server in running.values():
        server.stop()


@pytest.fixture(scope="module")
def study(real_files):
    """Study Instance UID of what is loaded."""
    return next(file for file in real_files if file.path.name == "CT_small.dcm").StudyInstanceUID


@pytest.fixture(params=ABSENT)
def server(request, servers):
    """Each archive in turn, as it is without us."""
    return servers(request.param)


def _name(server) -> str:
    return type(server).__name__.lower()


def _peer(server, port, title="NOTEBOOK", **how):
    return dm.Peer(
        server.host, server.port, ae_title=server.ae_title, calling_ae_title=title, listener=dm.Listener(port=port, **how)
    )


def _verdicts(check) -> dict[str, str]:
    return dict(zip(check.table["probe"], check.table["verdict"], strict=True))


def test_every_row_is_right_when_all_is_well(server, study):
    """What each archive has and has not, that it knows us, and that an instance comes."""
    port = free_port()
    server.register("NOTEBOOK", port)
    check = _peer(server, port).check(study=study)
    verdicts = _verdicts(check)
    assert tuple(verdicts) == ROWS
    assert {name for name, verdict in verdicts.items() if verdict == "absent"} == ABSENT[_name(server)], check
    assert set(verdicts.values()) == {"ok", "absent"}, check
    assert (check.ready, check.fault) == (True, None)


def test_without_a_study_nothing_is_moved(server):
    """Nothing fails, nothing is proved, and the next step is said; who answers by the destination is believed."""
    port = free_port()
    server.register("NOTEBOOK", port)
    check = _peer(server, port).check()
    verdicts = _verdicts(check)
    assert (check.ready, verdicts["way back"]) == (None, "not tried")
    assert verdicts["move destination"] == ("ok" if _name(server) in ("demo", "qrscp") else "unknown")
    assert "small study" in check.table.set_index("probe")["what_to_do"]["way back"]


def _as_stranger(server, port):
    return _peer(server, port, "STRANGER")


def _wrong_port(server, port):
    server.register("NOTEBOOK", free_port())
    return _peer(server, port)


def _wrong_address(server, port):
    """The archive has the port, and an address where nobody is: we listen on another one."""
    server.register("NOTEBOOK", port)
    return _peer(server, port, bind="127.0.0.77")


def _wrong_called(server, port):
    """It has us in capitals, and we listen in small letters."""
    server.register("NOTEBOOK", port)
    return _peer(server, port, "notebook")


WRONG = {
    # registration: what is done, and for each archive (name of the probe, words of its finding, first cause of explain())
    "unknown AE title": (_as_stranger, {
        "demo": ("move destination", "does not know STRANGER", "unknown_destination"),
        "orthanc": ("way back", "does not know STRANGER", "never_connected"),
        "dcmqrscp": ("way back", "does not know STRANGER", "unknown_destination"),
        "qrscp": ("move destination", "does not know STRANGER", "unknown_or_unreachable"),
    }),
    "wrong port": (_wrong_port, {
        "demo": ("way back", "another host or port is registered", "no_way_back"),
        "orthanc": ("way back", "another host or port", "never_connected"),
        "dcmqrscp": ("way back", "another host or port is registered", "no_way_back"),
        "qrscp": ("way back", "another host or port is registered", "unknown_or_unreachable"),
    }),
    "address not reachable": (_wrong_address, {
        "demo": ("way back", "another host or port is registered", "no_way_back"),
        "orthanc": ("way back", "another host or port", "never_connected"),
        "dcmqrscp": ("way back", "another host or port is registered", "no_way_back"),
        "qrscp": ("way back", "another host or port is registered", "unknown_or_unreachable"),
    }),
    "wrong called AE title": (_wrong_called, {
        "demo": ("move destination", "does not know notebook", "unknown_destination"),
        "orthanc": ("way back", "we listen as notebook: we rejected it", "ae_title"),
        "dcmqrscp": ("way back", "does not know notebook", "unknown_destination"),
        "qrscp": ("move destination", "does not know notebook", "unknown_or_unreachable"),
    }),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_registration_is_named_first(server, study, wrong, tmp_path):
    """By check() in the first probe that failed, by explain() as the first cause; both say what to have checked."""
    scene, every = WRONG[wrong]
    peer = scene(server, free_port())
    probe, words, cause = every[_name(server)]
    fault = peer.check(study=study).fault
    assert fault.name == probe
    assert words in fault.found
    assert "administrator" in fault.what_to_do or "registered" in fault.what_to_do
    explained = peer.move(study, tmp_path / "data", stragglers=0.2, progress=False).explain()
    assert explained.causes[0].name == cause
    assert str(peer.listener.port) in explained.letter


def test_an_archive_that_calls_itself_otherwise(servers):
    """A called AE title that is not the archive's is named with the three numbers of the rejection."""
    server = servers("orthanc")
    check = replace(_peer(server, free_port()), ae_title="WRONG").check()
    assert check.fault.name == "association"
    assert "called AE title not recognised (result 1, source 1, reason 7)" in check.fault.found
    assert "WRONG" in check.fault.what_to_do


ONLY_KNOWN = {f"DicomAlwaysAllow{service}": False for service in ("Store", "Find", "Get", "Move")}
"""As Orthanc is without a word about it in its configuration: C-ECHO is for everybody, the rest for whom it knows."""


@pytest.mark.parametrize("known_at", [None, "127.0.0.9"])
def test_an_archive_that_lets_everybody_in_and_answers_whom_it_knows(orthanc, real_files, study, known_at):
    """Orthanc as it comes: it accepts the services of a stranger, and aborts at the first use; so it does to a wrong address."""
    port = free_port()
    entry = {} if known_at is None else {"NOTEBOOK": {"AET": "NOTEBOOK", "Host": known_at, "Port": port}}
    server = orthanc(**ONLY_KNOWN, DicomCheckModalityHost=True, DicomModalities=entry)
    server.load([file for file in real_files if file.path.name == "CT_small.dcm"])
    pacs = _peer(server, port)
    for check in (pacs.check(), pacs.check(study=study)):
        assert (check.fault.name, check.ready) == ("query", False)
        assert "not know the calling AE title 'NOTEBOOK', or know it at another address" in check.summary
        assert "pacs.registration()" in check.fault.what_to_do
    with pytest.raises(dm.AssociationLost, match="is 'NOTEBOOK' registered there, with the address that we call from"):
        pacs.studies(study).find(progress=False)


@pytest.fixture(scope="module")
def certificate(require, tmp_path_factory):
    """A certificate for localhost and 127.0.0.1 that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-subj", "/CN=localhost"]
    files = ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    subprocess.run(
        [require("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", *names, *files], check=True, capture_output=True
    )
    files = {"ca_file": folder / "cert.pem", "certificate_file": folder / "cert.pem", "key_file": folder / "key.pem"}
    return dm.TLS(**files)


@pytest.fixture
def secured(orthanc, certificate, real_files):
    """An Orthanc with TLS, for calls to it or for what it sends."""
    files = {
        "Certificate": certificate.certificate_file,
        "PrivateKey": certificate.key_file,
        "TrustedCertificates": certificate.ca_file,
    }

    def start(*, wanted, **settings):
        tls = {"DicomTlsEnabled": wanted, **{f"DicomTls{name}": file for name, file in files.items()}}
        server = orthanc(DicomTlsRemoteCertificateRequired=False, **tls, **settings)
        server.load([file for file in real_files if file.path.name == "CT_small.dcm"])
        return server

    return start


def test_an_archive_that_wants_tls(secured, certificate):
    """Without TLS the missing TLS is the first fault, before the association that does not come about; with it all is well."""
    peer = _peer(secured(wanted=True), free_port())
    fault = peer.check().fault
    assert (fault.name, fault.found) == ("TLS", "this port wants TLS, and this peer has none")
    verdicts = _verdicts(replace(peer, tls=replace(certificate, certificate_file=None, key_file=None)).check())
    assert (verdicts["TLS"], verdicts["association"], verdicts["C-ECHO"]) == ("ok", "ok", "ok")


def test_an_archive_without_tls(server, certificate):
    """TLS that the archive does not have is said as such."""
    fault = replace(_peer(server, free_port()), tls=certificate).check().fault
    assert (fault.name, fault.found) == ("TLS", "there is no TLS on this port, and DICOM without it is answered")


def test_an_archive_that_sends_over_tls_to_a_listener_without(secured, study, free_port, tmp_path):
    """What connects and speaks no DICOM is the cause, with TLS as the reason."""
    port = free_port()
    entry = {"AET": "NOTEBOOK", "Host": "127.0.0.1", "Port": port, "UseDicomTls": True}
    peer = _peer(secured(wanted=False, DicomModalities={"NOTEBOOK": entry}), port)
    fault = peer.check(study=study).fault
    assert fault.name == "way back"
    assert "TLS where we have none" in fault.found
    explained = peer.move(study, tmp_path / "data", stragglers=0.2, progress=False).explain()
    assert explained.causes[0].name == "not_dicom"


def test_a_listener_with_tls_and_an_archive_that_sends_without(server, study, certificate, tmp_path):
    """What connects without TLS is seen, and is the cause."""
    port = free_port()
    server.register("NOTEBOOK", port)
    peer = _peer(server, port, tls=replace(certificate, verify=False))
    fault = peer.check(study=study).fault
    assert fault.name == "way back"
    explained = peer.move(study, tmp_path / "data", stragglers=0.2, progress=False).explain()
    assert explained.causes[0].name == "no_tls", explained
    assert "wants TLS" in fault.found
