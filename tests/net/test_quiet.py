"""What pynetdicom's loggers say while our threads use them, and TLS."""

from __future__ import annotations

import logging
import shutil
import ssl
import subprocess
import threading
from dataclasses import replace

import pytest

from dicommove.entities import TLS, Identity
from dicommove.errors import AssociationLost, PeerUnreachable
from dicommove.net import echo, find, open_association
from dicommove.net.quiet import install, ours
from dicommove.terms import VERIFICATION, InformationModel

MODEL = InformationModel.STUDY_ROOT
SERVICES = [(VERIFICATION, None), (MODEL.find_uid, None)]
DEADLINE = 10.0
LOGGER = logging.getLogger("pynetdicom.association")


def complain():
    """Log an exception whose text has a patient's name in it, as pynetdicom does."""
    try:
        int("MEIER^ANNA")
    except ValueError as error:
        LOGGER.exception(error)  # noqa: TRY401 - this is how pynetdicom logs it


def test_identifiers_are_in_no_log(archive, identifier, caplog):
    """At INFO nothing of the Identifier appears, while the association itself is logged."""
    identifier.PatientName = "SECRETNAME"
    with caplog.at_level(logging.INFO, "pynetdicom"), open_association(archive.remote, services=SERVICES) as association:
        find(association, identifier, MODEL)
    mine = [record for record in caplog.records if record.threadName in {"dicommove-net", threading.current_thread().name}]
    assert any("Association Accepted" in record.getMessage() for record in mine)
    assert "SECRETNAME" not in "".join(record.getMessage() for record in mine)


def test_a_passcode_is_logged_at_no_level(archive, monkeypatch, caplog):
    """Of the request that pynetdicom logs at DEBUG, the line with the passcode is left out for our threads."""
    monkeypatch.setenv("PASSCODE", "s3cret")
    remote = replace(archive.remote, identity=Identity("meier", "env:PASSCODE"))
    with caplog.at_level(logging.DEBUG, "pynetdicom"), open_association(remote, services=SERVICES):
        pass
    mine = [record.getMessage() for record in caplog.records if record.threadName == "dicommove-net"]
    assert any("A-ASSOCIATE-RQ" in message for message in mine)
    assert "s3cret" not in "".join(mine)


def test_texts_of_exceptions_are_shown_at_debug_only(caplog):
    """What may quote a value is reduced to the kind of the exception, unless DEBUG was asked for."""
    install()
    with caplog.at_level(logging.INFO, "pynetdicom"), ours():
        complain()
    assert "MEIER" not in caplog.text
    assert "ValueError (its text is shown at level DEBUG only)" in caplog.text
    with caplog.at_level(logging.DEBUG, "pynetdicom"), ours():
        complain()
    assert "MEIER" in caplog.text


def test_other_users_of_pynetdicom_are_left_alone(caplog):
    """A thread that is not ours logs what it always logged."""
    install()
    install()
    with caplog.at_level(logging.INFO, "pynetdicom"), ours():
        other = threading.Thread(target=complain)
        other.start()
        other.join()
    assert "MEIER" in caplog.text
    assert len([each for each in LOGGER.filters if type(each).__name__ == "_Quiet"]) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost that signs itself, and its key."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    key = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run([program, *key, *names, "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True)
    encrypt = ["pkcs8", "-topk8", "-in", "key.pem", "-out", "locked.pem", "-passout", "pass:open sesame"]
    subprocess.run([program, *encrypt], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def secure(certificate, archive_with):
    """An archive that speaks TLS."""
    files = TLS(certificate_file=certificate / "cert.pem", key_file=certificate / "key.pem")
    return archive_with(files.server_context())


def test_tls_protects_the_association(secure, certificate):
    """With the authority and the name in the certificate the association is made over TLS."""
    tls = TLS(ca_file=certificate / "cert.pem", server_name="localhost")
    with open_association(replace(secure.remote, tls=tls), services=SERVICES) as association:
        assert echo(association) == 0x0000


def test_an_association_over_tls_is_aborted_from_another_thread(scripted, certificate, identifier):
    """Abort wakes who waits for a response over TLS too."""
    files = TLS(certificate_file=certificate / "cert.pem", key_file=certificate / "key.pem")
    asked = threading.Event()

    def silent(line):
        with files.server_context().wrap_socket(line.connection, server_side=True) as line.connection:
            line.accept()
            line.command()
            asked.set()
            while line.read()[0]:
                pass

    association = open_association(replace(scripted.plays(silent), tls=TLS(verify=False)), services=SERVICES)
    aborting = threading.Thread(target=lambda: (asked.wait(DEADLINE), association.abort()))
    aborting.start()
    with pytest.raises(AssociationLost, match="aborted on our side"):
        find(association, identifier, MODEL)
    aborting.join(DEADLINE)


def test_a_certificate_that_is_not_trusted_is_refused(secure):
    """A certificate that nobody vouches for is no connection, with the way out in words."""
    with pytest.raises(PeerUnreachable, match=r"is not trusted .*ca_file="):
        open_association(replace(secure.remote, tls=TLS(server_name="localhost")), services=SERVICES)


def test_a_certificate_may_be_taken_unseen(secure):
    """With ``verify=False`` any certificate is taken."""
    with open_association(replace(secure.remote, tls=TLS(verify=False)), services=SERVICES) as association:
        assert echo(association) == 0x0000


def test_tls_towards_a_plain_peer_is_explained(scripted):
    """A port without TLS is said to be one."""

    def plain(line):
        line.connection.recv(1)
        line.connection.sendall(b"plain text is no TLS record")

    remote = replace(scripted.plays(plain), tls=TLS(verify=False))
    with pytest.raises(PeerUnreachable, match="Does this port speak TLS") as caught:
        open_association(remote, services=SERVICES)
    assert isinstance(caught.value.__cause__, (ssl.SSLError, ConnectionError))


def test_a_locked_key_is_opened_with_its_passphrase(certificate, monkeypatch):
    """The passphrase comes from where the reference says."""
    monkeypatch.setenv("KEYPASS", "open sesame")
    files = {"certificate_file": certificate / "cert.pem", "key_file": certificate / "locked.pem"}
    assert TLS(**files, passphrase="env:KEYPASS").client_context().minimum_version is ssl.TLSVersion.TLSv1_2


def test_who_must_show_a_certificate_is_asked_for_it(certificate):
    """A listener that trusts an authority asks callers for a certificate, unless told not to."""
    files = {
        "certificate_file": certificate / "cert.pem",
        "key_file": certificate / "key.pem",
        "ca_file": certificate / "cert.pem",
    }
    assert TLS(**files).server_context().verify_mode is ssl.CERT_REQUIRED
    assert TLS(**files, verify=False).server_context().verify_mode is ssl.CERT_NONE
