"""TLS in both directions, with certificates made here, against DCMTK: what is checked, and what is refused."""

from __future__ import annotations

import socket
import ssl
import struct
import subprocess
from dataclasses import replace

import pytest
from pydicom import dcmread

import dicommove as dm
from dicommove.net import open_association
from dicommove.net.opening import associate
from dicommove.receive import join
from dicommove.retrieve.checking.callers import Callers
from dicommove.terms import VERIFICATION

HERE = "127.0.0.1"
DEADLINE_S = 20
NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


class Certificates:
    """An authority and what it signs; files of one folder."""

    def __init__(self, openssl, folder):
        self.folder = folder
        self._openssl = openssl
        for name in ("ca", "other_ca"):
            self._run("req", "-x509", *self._key(name), "-days", "30", "-subj", f"/CN={name}", "-out", f"{name}.pem")
        self.sign("good")
        self.sign("client")
        self.sign("stranger", authority="other_ca")
        self.sign("elsewhere", names="subjectAltName=DNS:pacs.elsewhere")
        self.sign("expired", days="-1")
        locked = ["-in", "good.key", "-out", "locked.key", "-passout", "pass:open sesame"]
        self._run("pkcs8", "-topk8", *locked)

    def sign(self, name, *, authority="ca", names=NAMES, days="30"):
        """Make a key and a certificate."""
        self._run("req", *self._key(name), "-subj", f"/CN={name}", "-out", f"{name}.csr")
        (self.folder / f"{name}.ext").write_text(names)
        signing = ["-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial", "-extfile", f"{name}.ext"]
        self._run("x509", "-req", "-in", f"{name}.csr", *signing, "-days", days, "-out", f"{name}.pem")

    def tls(self, name=None, *, ca="ca", **options):
        """What trusts an authority, and shows a certificate where one is named."""
        own = {} if name is None else {"certificate_file": self.folder / f"{name}.pem", "key_file": self.folder / f"{name}.key"}
        return dm.TLS(**{"ca_file": None if ca is None else self.folder / f"{ca}.pem", **own, **options})

    def dcmtk(self, name, *more):
        """Options of DCMTK's programs."""
        own = ["+tls", self.folder / f"{name}.key", self.folder / f"{name}.pem"] if name else ["+tla"]
        return [*map(str, own), "+cf", str(self.folder / "ca.pem"), *more]

    def _key(self, name):
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key"

    def _run(self, *arguments):
        subprocess.run([self._openssl, *arguments], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(require, tmp_path_factory):
    """Made once."""
    return Certificates(require("openssl"), tmp_path_factory.mktemp("tls"))


@pytest.fixture
def scp(require, tmp_path):
    """Start DCMTK's storescp with TLS options; gives its port."""
    running = []

    def start(*options):
        with socket.socket() as probe:
            probe.bind((HERE, 0))
            port = probe.getsockname()[1]
        log = (tmp_path / "storescp.log").open("wb")
        command = [require("storescp"), "-v", "-od", str(tmp_path), *options, str(port)]
        running.append((subprocess.Popen(command, stdout=log, stderr=log), log))
        return _awaited(port, running[-1][0])

    yield start
    for process, log in running:
        process.kill()
        process.wait(DEADLINE_S)
        log.close()


def _awaited(port, process):
    """Wait until somebody listens."""
    for _ in range(int(DEADLINE_S / 0.05)):
        assert process.poll() is None, "storescp has ended"
        try:
            socket.create_connection((HERE, port), timeout=1).close()
        except OSError:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.05)
        else:
            return port
    pytest.fail("storescp never listened")


def test_a_peer_that_is_gone_before_we_speak_is_lost():
    """The connection is made and reset at once: an exception of ours, not one of the operating system."""
    with socket.create_server((HERE, 0)) as server:
        remote = dm.Peer(HERE, server.getsockname()[1])
        connected = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
        with pytest.raises(dm.AssociationLost):
            associate(remote, connected, services=[(VERIFICATION, None)])


def _echo(port, tls):
    peer = dm.Peer(HERE, port, ae_title="STORESCP", tls=tls, connect_timeout=5, acse_timeout=5, dimse_timeout=5)
    return peer.echo()


def test_a_trusted_certificate_is_taken(scp, certificates):
    """Signed by our authority, with the host's name in it: C-ECHO is answered."""
    assert _echo(scp(*certificates.dcmtk("good", "-ic")), certificates.tls()) == 0


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ("stranger", "is not trusted"),
        ("expired", "expired"),
        ("elsewhere", "not valid for"),
    ],
)
def test_a_certificate_that_proves_nothing_is_refused(scp, certificates, shown, words):
    """Of another authority, expired, of another host: no association, and the text says which it was."""
    port = scp(*certificates.dcmtk(shown, "-ic"))
    with pytest.raises(dm.PeerUnreachable, match=words):
        _echo(port, certificates.tls())


def test_the_name_of_a_certificate_may_be_said(scp, certificates):
    """Behind a tunnel the host has another name: ``server_name`` says which one the certificate bears."""
    assert _echo(scp(*certificates.dcmtk("elsewhere", "-ic")), certificates.tls(server_name="pacs.elsewhere")) == 0


def test_an_archive_that_wants_a_certificate_gets_ours(scp, certificates):
    """Mutual authentication: with a certificate the association is made, without one it is not, and that is said."""
    port = scp(*certificates.dcmtk("good", "-rc"))
    assert _echo(port, certificates.tls("client")) == 0
    with pytest.raises((dm.PeerUnreachable, dm.AssociationLost)) as refused:
        _echo(port, certificates.tls())
    assert "certificate" in str(refused.value)


def test_plain_dicom_to_a_port_with_tls(scp, certificates):
    """It ends soon, with one of the exceptions of an association."""
    with pytest.raises(dm.AssociationError):
        _echo(scp(*certificates.dcmtk("good", "-ic")), None)


def test_tls_to_a_plain_port(scp, certificates):
    """What answers in the clear is asked nothing."""
    with pytest.raises(dm.PeerUnreachable, match="TLS"):
        _echo(scp(), certificates.tls())


def _old_server(certificates):
    """A context that knows TLS 1.1 at most."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(certificates.folder / "good.pem", certificates.folder / "good.key")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    return context


@pytest.mark.parametrize("side", ["client_context", "server_context"])
def test_tls_1_1_is_refused(certificates, side):
    """Neither as who calls nor as who is called: what a side that knows nothing newer says is no handshake."""
    ours = getattr(certificates.tls("good", verify=False), side)()
    assert ours.minimum_version is ssl.TLSVersion.TLSv1_2
    as_server = side == "client_context"
    theirs = _old_server(certificates) if as_server else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not as_server:
        theirs.check_hostname, theirs.verify_mode = False, ssl.CERT_NONE
        theirs.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        theirs.maximum_version = ssl.TLSVersion.TLSv1_1
    server, client = (theirs, ours) if as_server else (ours, theirs)
    with pytest.raises(ssl.SSLError):
        _shake_hands(server, client)


def _shake_hands(server, client):
    """A handshake without a network; what one side writes the other reads, until both are done."""
    one, two = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [server.wrap_bio(one, two, server_side=True), client.wrap_bio(two, one, server_hostname="localhost")]
    for _ in range(10):
        for side in tuple(sides):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            sides.remove(side)
    assert not sides


def test_a_handshake_of_1_2_is_made(certificates):
    """The helper above can succeed, so its failures mean something."""
    _shake_hands(certificates.tls("good", verify=False).server_context(), certificates.tls().client_context())


@pytest.fixture
def port(certificates):
    """Our own port with mutual TLS; who calls is noted."""
    callers = Callers()
    with join(dm.Listener(port=0, tls=certificates.tls("good")), peer_host=HERE, claimant=callers) as membership:
        yield membership.port, callers


@pytest.mark.parametrize(
    ("shown", "welcome"), [("client", True), ("stranger", False), ("expired", False), (None, False)], ids=str
)
def test_who_calls_our_port_must_show_a_certificate_of_our_authority(require, port, certificates, shown, welcome):
    """DCMTK's echoscu with a good one is answered; of another authority, expired or without one it gets nothing."""
    number, callers = port
    command = [require("echoscu"), "-aec", "ANY", "-to", "5", *certificates.dcmtk(shown, "-ic"), "localhost", str(number)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert (done.returncode == 0) is welcome, done.stderr
    with callers.changed:
        assert callers.changed.wait_for(lambda: any(_settled(one) for one in callers._known.values()), DEADLINE_S)
    (caller,) = callers.callers
    assert (caller.state == "released") is welcome
    if not welcome:
        assert "TLS" in caller.reason


def _settled(caller):
    return caller.state != "open"


def test_plain_dicom_to_our_port_with_tls(require, port):
    """It is told apart from DICOM, and the next caller is served."""
    number, callers = port
    command = [require("echoscu"), "-aec", "ANY", "-to", "5", "localhost", str(number)]
    done = subprocess.run(command, capture_output=True, timeout=DEADLINE_S, check=False)
    assert done.returncode != 0
    with callers.changed:
        assert callers.changed.wait_for(lambda: any(_settled(one) for one in callers._known.values()), DEADLINE_S)
    assert "TLS" in callers.callers[0].reason


def test_a_locked_key_is_opened_for_both_directions(certificates, monkeypatch):
    """By a variable or by a function; a wrong passphrase is said, and stands in no text."""
    monkeypatch.setenv("KEY_PASSPHRASE", "open sesame")
    locked = {"certificate_file": certificates.folder / "good.pem", "key_file": certificates.folder / "locked.key"}
    ours = dm.TLS(**locked, passphrase="env:KEY_PASSPHRASE", verify=False)
    with join(dm.Listener(port=0, tls=ours), peer_host=HERE, claimant=Callers()) as membership:
        remote = dm.Peer("localhost", membership.port, tls=replace(certificates.tls(), certificate_file=None))
        with open_association(remote, services=[(VERIFICATION, None)]) as association:
            assert association.accepted(VERIFICATION)
    monkeypatch.setenv("KEY_PASSPHRASE", "wrong-s3cret")
    with pytest.raises(dm.EntityError) as refused:
        ours.server_context()
    assert "wrong-s3cret" not in str(refused.value)
    assert "locked.key" in str(refused.value)


def test_instances_go_over_tls_in_both_directions(require, certificates, real_files, tmp_path):
    """DCMTK's storescu with its certificate stores through our port, byte for byte."""
    (specimen,) = [file.path for file in real_files if file.path.name == "CT_small.dcm"]
    listener = dm.Listener(port=0, ae_title="OURS", tls=certificates.tls("good"))
    peer = dm.Peer(HERE, 104, listener=listener)
    with peer.listening(minutes=1, store=tmp_path / "data") as port:
        command = [require("storescu"), "-aec", "OURS", *certificates.dcmtk("client"), "localhost", str(port.port)]
        subprocess.run([*command, str(specimen)], check=True, capture_output=True, timeout=DEADLINE_S)
    (kept,) = (tmp_path / "data").rglob("*.dcm")
    assert dcmread(kept).PixelData == dcmread(specimen).PixelData
