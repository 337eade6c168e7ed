"""The values that say who talks to whom, and the file that names them."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace

import pytest

from dicommove.credentials import resolve_secret
from dicommove.entities import TLS, Identity, Listener, Remote
from dicommove.errors import DicomMoveError, EntityError
from dicommove.terms import InformationModel

WHOLE = Remote(
    "pacs.hospital",
    104,
    ae_title="PACS",
    calling_ae_title="NOTEBOOK",
    listener=Listener(
        "STORE", 11114, advertise="ws7:11113", transfer_syntaxes=("1.2.840.10008.1.2",), tls=TLS("ca.pem", "c.pem")
    ),
    tls=TLS(ca_file="ca.pem", certificate_file="me.pem", key_file="me.key", passphrase="env:KEYPASS"),
    identity=Identity("meier", "env:PASSCODE"),
    model=InformationModel.PATIENT_ROOT,
    limit_studies=None,
)
FILE = """
[peers.hospital]
host = "10.0.0.5"
port = 104
ae_title = "PACS"
calling_ae_title = "NOTEBOOK"
model = "PATIENT_ROOT"
limit_studies = 10
limit_instances = "none"
tls = { ca_file = "ca.pem", verify = true }
identity = { user = "meier", passcode = "env:PASSCODE" }

[peers.hospital.listener]
ae_title = "STORE"
port = 0
admit = "peer"
transfer_syntaxes = ["1.2.840.10008.1.2"]
tls = { certificate_file = "c.pem" }

[peers.bare]
host = "archive"
port = 11112
"""


@pytest.fixture
def config(tmp_path, monkeypatch):
    """A configuration file that the environment names, with two peers."""
    path = tmp_path / "peers.toml"
    path.write_text(FILE, encoding="utf-8")
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(path))
    return path


def test_values_are_frozen_hashable_and_survive_pickling():
    """A peer can be a key, goes to another process, and is equal there."""
    again = pickle.loads(pickle.dumps(WHOLE))
    assert again == WHOLE
    assert hash(again) == hash(WHOLE)
    assert len({again, WHOLE, replace(WHOLE, port=105)}) == 2
    with pytest.raises(FrozenInstanceError):
        WHOLE.port = 5


def test_the_repr_holds_names_of_secrets_only(monkeypatch):
    """No repr shows a passphrase or passcode, even after it was used."""
    monkeypatch.setenv("PASSCODE", "s3cret")
    assert WHOLE.identity.secret() == "s3cret"
    assert "s3cret" not in repr(WHOLE)
    assert "env:PASSCODE" in repr(WHOLE)


def test_the_listener_is_called_as_we_call_unless_it_says_otherwise():
    """The Move Destination is the listener's AE title, else the calling one."""
    assert WHOLE.listener_ae_title == "STORE"
    assert Remote("h", 1, calling_ae_title="ME").listener_ae_title == "ME"


@pytest.mark.parametrize(
    ("advertise", "expected"), [(None, None), ("ws7", ("ws7", 11113)), ("ws7:104", ("ws7", 104)), ("[::1]:104", ("::1", 104))]
)
def test_what_is_advertised_is_taken_apart(advertise, expected):
    """Host and port as the administrator was told; the listener's own port when none is said."""
    assert Listener(advertise=advertise).advertised == expected


def test_insignificant_spaces_are_taken_off():
    """Spaces around an AE title or a host mean nothing (PS3.5 6.2)."""
    assert Remote(" pacs ", 104, ae_title=" PACS ") == Remote("pacs", 104, ae_title="PACS")


def test_an_ipv6_address_is_shown_in_brackets():
    """The address can be read without guessing where the port begins."""
    assert Remote("[::1]", 104).address == "ANY-SCP@[::1]:104"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Remote("h", 104, ae_title=""), "empty, or spaces only"),
        (lambda: Remote("h", 104, ae_title="A" * 17), "longer than 16 characters"),
        (lambda: Remote("h", 104, calling_ae_title="A\\B"), "a backslash"),
        (lambda: Remote("h", 104, ae_title="A\nB"), "a control character"),
        (lambda: Remote("h", 104, ae_title="KLÄR"), "one outside ASCII"),
        (lambda: Remote("h", 0), "from 1 to 65535"),
        (lambda: Remote("h", "104"), "is no TCP port"),
        (lambda: Remote("h", True), "is no TCP port"),
        (lambda: Remote("10.0.0.5:104", 104), "give the port apart, as port=104"),
        (lambda: Remote("http://pacs/", 104), "is no host"),
        (lambda: Remote("", 104), "is no host"),
        (lambda: Remote(5, 104), "host=5: text is needed"),
        (lambda: Remote("h", 104, ae_title=5), "ae_title=5: text is needed"),
        (lambda: Remote("h", 104, connect_timeout=float("inf")), "connect_timeout=inf"),
        (lambda: Remote("h", 104, connect_timeout=0), "connect_timeout=0"),
        (lambda: Remote("h", 104, acse_timeout=None), "acse_timeout=None"),
        (lambda: Remote("h", 104, limit_studies=-1), r"limit_studies=-1: a number of at least 0 is needed \(or None\)"),
        (lambda: Remote("h", 104, model="STUDY"), "one of PATIENT_ROOT, STUDY_ROOT"),
        (lambda: Listener(port=70000), "from 0 to 65535"),
        (lambda: Listener(admit="all"), "one of 'asked', 'peer', 'any'"),
        (lambda: Listener(advertise="a:b:c"), "host or host:port"),
        (lambda: Listener(bind="a b"), "is no host"),
        (lambda: Listener(transfer_syntaxes=()), "at least one UID"),
        (lambda: Listener(transfer_syntaxes="1.2"), "a tuple"),
        (lambda: Listener(transfer_syntaxes=("x y",)), "is no UID"),
        (lambda: Listener(max_associations=0), "max_associations=0"),
        (lambda: TLS(key_file="k"), "needs certificate_file"),
        (lambda: TLS(ca_file=5), "the name of a file is needed"),
        (lambda: Identity(5), "a name of 1 to"),
        (lambda: TLS(passphrase="hunter2"), "a name, never the secret itself"),
        (lambda: Identity(""), "a name of 1 to"),
        (lambda: Identity("u", "hunter2"), "a name, never the secret itself"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(make, words):
    """Every value is valid from birth, or the error says what is wrong with it."""
    with pytest.raises(EntityError, match=words) as caught:
        make()
    assert isinstance(caught.value, (DicomMoveError, ValueError))
    assert "hunter2" not in str(caught.value)


def test_lists_become_tuples():
    """A list of transfer syntaxes does not make a listener unhashable."""
    assert hash(Listener(transfer_syntaxes=["1.2", "1.3"])) == hash(Listener(transfer_syntaxes=("1.2", "1.3")))


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:NOT_SET_HERE", "the environment variable NOT_SET_HERE is not set"),
        ("no_such_module:secret", "failed with ModuleNotFoundError"),
        ("os:no_such_function", "failed with AttributeError"),
        ("os:sep", "os:sep is not callable"),
        ("os:getpid", "returned no text"),
        ("builtins:input.missing", "failed with AttributeError"),
    ],
)
def test_a_secret_that_is_missing_says_where_it_was_looked_for(reference, words):
    """The error names the reference and the kind of failure, and nothing of the secret."""
    with pytest.raises(EntityError, match=words):
        resolve_secret(reference)


def test_a_tls_file_that_is_missing_is_named(tmp_path):
    """The file, and what is wrong with it, stand in the error."""
    with pytest.raises(EntityError, match=r"missing\.pem: No such file"):
        TLS(ca_file=tmp_path / "missing.pem").client_context()
    with pytest.raises(EntityError, match="needs certificate_file"):
        TLS().server_context()
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    with pytest.raises(EntityError, match="TLS cannot be set up from"):
        TLS(certificate_file=empty).client_context()


def test_a_named_peer_is_read_whole(config):
    """Every key of an entry arrives, and key files are found next to the configuration file."""
    peer = Remote.named("hospital")
    assert peer == Remote(
        "10.0.0.5",
        104,
        ae_title="PACS",
        calling_ae_title="NOTEBOOK",
        listener=Listener(
            "STORE",
            0,
            admit="peer",
            transfer_syntaxes=("1.2.840.10008.1.2",),
            tls=TLS(certificate_file=str(config.parent / "c.pem")),
        ),
        tls=TLS(ca_file=str(config.parent / "ca.pem")),
        identity=Identity("meier", "env:PASSCODE"),
        model=InformationModel.PATIENT_ROOT,
        limit_studies=10,
        limit_instances=None,
        name="hospital",
    )
    assert Remote.names() == ("bare", "hospital")


@pytest.mark.usefixtures("config")
def test_the_environment_says_where_a_peer_is(monkeypatch):
    """A variable overrides the file, and names peers that the file does not have."""
    monkeypatch.setenv("DICOMMOVE_PEER_HOSPITAL", "TEST@127.0.0.1:4242")
    monkeypatch.setenv("DICOMMOVE_PEER_CLOUD", "CLOUD@[::1]:104")
    peer = Remote.named("hospital")
    assert (peer.address, peer.calling_ae_title) == ("TEST@127.0.0.1:4242", "NOTEBOOK")
    assert Remote.named("cloud").host == "::1"
    assert Remote.names() == ("bare", "cloud", "hospital")
    monkeypatch.setenv("DICOMMOVE_PEER_CLOUD", "somewhere")
    with pytest.raises(EntityError, match="DICOMMOVE_PEER_CLOUD is no AE_TITLE@host:port"):
        Remote.named("cloud")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[peers.x]\nhots = "h"\nport = 1', "unknown key 'hots'; did you mean 'host'"),
        ('[peers.x]\nhost = "h"', "port must be given"),
        ('[peers.x]\nhost = "h"\nport = 1\nlistener = { prot = 1 }', "listener: unknown key 'prot'; did you mean 'port'"),
        ('[peers.x]\nhost = "h"\nport = 1\ntls = { ca = "f" }', "tls: unknown key 'ca'"),
        ('[peers.x]\nhost = "h"\nport = 1\nlistener = 5', r"listener: a table is needed"),
        ('[peers.x]\nhost = "h"\nport = 1\ntls = true', r"tls: a table is needed"),
        ("[peers.x\n", "is no TOML"),
        ("peers = 5", r"each peer is a table, \[peers.name\]"),
        ('[peers.y]\nhost = "h"\nport = 1', r"no peer 'x' in .*; known are y"),
    ],
)
def test_a_file_that_is_wrong_says_where(config, text, words):
    """Unknown keys name the nearest, and what is missing or misshapen is said."""
    config.write_text(text, encoding="utf-8")
    with pytest.raises(EntityError, match=words):
        Remote.named("x")


def test_no_file_is_no_peer(tmp_path, monkeypatch):
    """Without a file there are no names, and the error says where one would be."""
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(tmp_path / "none.toml"))
    assert Remote.names() == ()
    with pytest.raises(EntityError, match=r"no peer 'x' in .*none.toml"):
        Remote.named("x")


@pytest.mark.parametrize(("given", "seconds"), [(None, None), (90, 90.0), ("30min", 1800.0), ("1.5 h", 5400.0), ("0", 0.0)])
def test_how_long_a_listener_waits_for_its_port(given, seconds):
    """Seconds, or a text with its unit; equal listeners are equal however it was written."""
    listener = Listener(wait=given)
    assert listener.wait == seconds
    assert listener == Listener(wait=seconds)


@pytest.mark.parametrize("given", ["soon", "-1", -1, True, "30 minutes", float("nan"), b"30"])
def test_a_wait_that_is_no_time(given):
    """It is refused with an example of one."""
    with pytest.raises(EntityError, match=r"wait=.*15min"):
        Listener(wait=given)
