"""Joining and leaving a port: sharing, closing, limits, who holds it, TLS, forks."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import threading

import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from dicommove.entities import TLS, Listener
from dicommove.errors import ListenerError
from dicommove.receive import Claim, join

HERE = "127.0.0.1"


def free_port():
    """Find a port that nobody has."""
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return probe.getsockname()[1]


def can_connect(port):
    """Tell whether somebody listens."""
    try:
        socket.create_connection((HERE, port), timeout=5).close()
    except OSError:
        return False
    return True


def test_two_operations_share_a_port(wire):
    """Each instance goes to the operation that claims it, and the port stays open for the one that stays."""
    listener = Listener(port=free_port())
    claims = [lambda request, _, own=own: Claim.EXPECTED * (request.sop_instance_uid == own) for own in ("1.2.1", "1.2.2")]
    first, second = (wire.Recorder(claim) for claim in claims)
    one = join(listener, peer_host=HERE, claimant=first)
    two = join(listener, peer_host="localhost", claimant=second)
    assert one.port == two.port == listener.port
    sender = wire.RawSender(listener.port)
    sender.associate()
    for uid, status in (("1.2.2", 0), ("1.2.1", 0), ("1.2.3", 0x0124)):
        sender.send(wire.store_pdus(wire.data_set(uid), uid))
        assert sender.status() == status
    assert [sink.request.sop_instance_uid for sink in (*first.sinks, *second.sinks)] == ["1.2.1", "1.2.2"]
    assert first.of("refusal") == second.of("refusal") != []
    one.close()
    sender.send(wire.store_pdus(wire.data_set("1.2.2"), "1.2.2"))
    assert sender.status() == 0
    two.close()
    assert not can_connect(listener.port)
    sender.close()


def test_port_zero_is_shared_by_equal_listeners(recorder):
    """Port 0 joins the running reception of an equal listener, and opens another one otherwise."""
    with join(Listener(port=0), peer_host=HERE, claimant=recorder) as one:
        with join(Listener(port=0), peer_host=HERE, claimant=recorder) as two:
            assert one.port == two.port != 0
        with join(Listener(port=0, ae_title="OTHER"), peer_host=HERE, claimant=recorder) as three:
            assert three.port != one.port
        assert can_connect(one.port)
    assert not can_connect(one.port)


def test_loopback_peer_gets_loopback_only(reception):
    """For a peer on this machine nothing but loopback is opened."""
    assert reception.addresses == (HERE,)


def test_bind_decides(recorder):
    """`Listener(bind=...)` is the only address that is opened; one that is not ours is said to be so."""
    with join(Listener(port=0, bind="127.0.0.2"), peer_host=HERE, claimant=recorder) as membership:
        assert membership.addresses == ("127.0.0.2",)
    with pytest.raises(ListenerError, match="not one of this machine"):
        join(Listener(port=0, bind="203.0.113.7"), peer_host=HERE, claimant=recorder)


def test_unknown_peer_is_told(recorder):
    """A peer whose name has no address leaves no way to choose where to listen."""
    with pytest.raises(ListenerError, match="no way to"):
        join(Listener(port=0), peer_host="no-such-host.invalid", claimant=recorder)


def test_reopened_at_once(recorder, wire):
    """The port can be opened again right after it was closed, as when a cell is run again."""
    listener = Listener(port=free_port())
    for _ in range(3):
        with join(listener, peer_host=HERE, claimant=recorder):
            sender = wire.RawSender(listener.port)
            assert sender.associate()[0] == 2
        sender.close()


def test_closing_aborts_and_ends_every_thread(recorder, wire):
    """Closing the port aborts its associations and leaves no thread behind; closing twice is nothing."""
    membership = join(Listener(port=0), peer_host=HERE, claimant=recorder)
    sender = wire.RawSender(membership.port)
    sender.associate()
    assert membership.associations == 1
    sender.send(wire.store_pdus(wire.data_set(size=100_000))[:50_000])
    membership.close()
    membership.close()
    assert sender.receive()[0] in (7, None)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("dicommove")]
    sender.close()


def test_other_called_ae_title_is_rejected(recorder, wire):
    """A called AE title that nobody here has is rejected permanently (PS3.8 9.3.4)."""
    with join(Listener(port=0, ae_title="US"), peer_host=HERE, claimant=recorder) as membership:
        sender = wire.RawSender(membership.port)
        assert sender.associate(called="OTHER") == (3, bytes((0, 1, 1, 7)))
        sender.close()
        sender = wire.RawSender(membership.port)
        assert sender.associate(called="US")[0] == 2
        sender.close()
    assert recorder.wait_for("association", event="rejected")["called_ae_title"] == "OTHER"


def holding(port):
    """Start a process that holds a port with a reception of its own."""
    program = (
        "import sys\nfrom dicommove.entities import Listener\nfrom dicommove.receive import join\n"
        f"m = join(Listener(port={port}), peer_host='127.0.0.1', claimant=None, folder='/data/trial')\n"
        "print('open', flush=True)\nsys.stdin.read()\nm.close()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "open\n"
    return process


def test_port_in_use_names_the_holder(recorder):
    """Another process of ours on the port is named, with what to do; when it is gone the port is free."""
    listener = Listener(port=free_port())
    with holding(listener.port) as process:
        with pytest.raises(ListenerError, match=r"restart its kernel.*another Listener.*wait") as error:
            join(listener, peer_host=HERE, claimant=recorder)
        assert error.value.holder["pid"] == str(process.pid)
        assert "/data/trial" in str(error.value)
        process.kill()
        process.communicate()
    with join(listener, peer_host=HERE, claimant=recorder):
        assert can_connect(listener.port)


def test_port_in_use_by_a_stranger(recorder):
    """Any other program on the port is another program."""
    with socket.socket() as stranger:
        stranger.bind((HERE, 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        with pytest.raises(ListenerError, match="another program") as error:
            join(Listener(port=port), peer_host=HERE, claimant=recorder)
    assert (error.value.port, dict(error.value.holder)) == (port, {})
    with join(Listener(port=port), peer_host=HERE, claimant=recorder):
        pass


def test_port_file_that_cannot_be_written(recorder, tmp_path, monkeypatch):
    """Without a place for the port file the port is opened all the same."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with join(Listener(port=0), peer_host=HERE, claimant=recorder) as membership:
        assert can_connect(membership.port)


def test_other_settings_on_a_port_of_ours(recorder):
    """One port has one TLS setting and one list of transfer syntaxes."""
    listener = Listener(port=free_port())
    with (
        join(listener, peer_host=HERE, claimant=recorder),
        pytest.raises(ListenerError, match="other TLS settings or transfer syntaxes"),
    ):
        join(Listener(port=listener.port, transfer_syntaxes=("1.2.840.10008.1.2",)), peer_host=HERE, claimant=recorder)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forked_child_does_not_keep_the_port(recorder):
    """A child has the port closed; the parent goes on and can close it for good."""
    membership = join(Listener(port=0), peer_host=HERE, claimant=recorder)
    read, write = os.pipe()
    hold, release = os.pipe()
    child = os.fork()
    if child == 0:
        membership.close()
        os.write(write, b"ready")
        os.close(release)
        os.read(hold, 1)
        os._exit(0)
    os.close(hold)
    assert os.read(read, 5) == b"ready"
    assert can_connect(membership.port)
    membership.close()
    assert not can_connect(membership.port)
    os.close(release)
    assert os.waitpid(child, 0)[1] == 0
    os.close(read)
    os.close(write)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate of this machine."""
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([*command, *names], check=True, capture_output=True)
    return TLS(
        certificate_file=str(folder / "cert.pem"),
        key_file=str(folder / "key.pem"),
        ca_file=str(folder / "cert.pem"),
        verify=False,
    )


def test_tls(recorder, wire, certificate):
    """A secured sender stores; one that speaks in the clear gets nothing."""
    context = ssl.create_default_context(cafile=certificate.ca_file)
    with join(Listener(port=0, tls=certificate), peer_host=HERE, claimant=recorder) as membership:
        ds = wire.data_set(size=300_000)
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        secured = {"tls_args": (context, "localhost")}
        with wire.pynetdicom_sender(membership.port, [(wire.CT, [ExplicitVRLittleEndian])], **secured) as association:
            assert association.send_c_store(ds).Status == 0
        clear = wire.RawSender(membership.port)
        clear.send(wire.request_pdu())
        assert clear.receive()[0] != 2
        clear.close()
    assert bytes(recorder.sinks[0].data) == wire.encoded(ds)
