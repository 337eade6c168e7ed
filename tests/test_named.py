"""Named entries: the user's file, the site's below it, and whose word holds."""

from __future__ import annotations

import pytest

import dicommove as dm
from dicommove import named
from dicommove.entities import Remote
from dicommove.retrieve import read_options

OWN = """
[peers.hospital]
calling_ae_title = "MEIER"
listener = { advertise = "ws7:11113" }
hours = "08:00-20:00"
pause = 60
limit = 100
priority = "high"

[peers.own]
host = "10.0.0.9"
port = 104
limit = "none"
"""
SITE = """
[peers.hospital]
host = "10.0.0.5"
port = 104
ae_title = "PACS"
calling_ae_title = "ANYBODY"
listener = { port = 11114, advertise = "site:1" }
hours = "18:00-6:00"
pause = 5
limit = 20
priority = "low"
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The two configuration files; each may be written anew."""
    own, site = tmp_path / "own.toml", tmp_path / "site" / "config.toml"
    site.parent.mkdir()
    own.write_text(OWN, encoding="utf-8")
    site.write_text(SITE, encoding="utf-8")
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(own))
    monkeypatch.setattr(named, "site_config_path", lambda *_, **__: site.parent)
    return own, site


@pytest.mark.usefixtures("files")
def test_the_sites_entry_lies_below_the_users():
    """The user says who he is and where he listens; the site says where the archive is, and what it may be asked."""
    peer = Remote.named("hospital")
    assert (peer.address, peer.calling_ae_title) == ("PACS@10.0.0.5:104", "MEIER")
    assert (peer.listener.port, peer.listener.advertise) == (11114, "ws7:11113")
    assert (peer.hours, peer.priority, peer.limit_studies, peer.limit_instances) == ("18:00-06:00", "low", 20, 8000)
    assert peer.pause == 60, "a longer pause of the user's own stays"
    assert set(peer.fixed) == {"hours", "pause", "limit_studies", "limit_instances", "priority"}
    assert Remote.names() == ("hospital", "own")
    assert (named.sources("hospital"), named.sources("own")) == (("site", "user"), ("user",))


@pytest.mark.usefixtures("files")
def test_an_entry_of_the_user_alone_is_his():
    """Where the site says nothing, nothing is fixed, and a limit may be none."""
    peer = Remote.named("own")
    assert (peer.limit_studies, peer.limit_instances, peer.fixed) == (None, None, ())


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("loose", [{"limit": 21}, {"limit": None}, {"priority": "high"}, {"priority": "medium"}])
def test_no_call_loosens_what_the_site_says(loose, tmp_path):
    """The options of a move may be stricter, never looser; nothing is sent."""
    with pytest.raises(dm.QueryError, match="the site's configuration allows"):
        dm.Peer.named("hospital").studies("1.2").plan(tmp_path, **loose)


def test_a_user_stricter_than_the_site_is_heard(files):
    """A lower limit of the user's own holds."""
    files[0].write_text("[peers.hospital]\nlimit = 5", encoding="utf-8")
    assert Remote.named("hospital").limit_studies == 5


def test_the_site_alone_is_enough(files):
    """Without a file of one's own the site's entries are there."""
    files[0].unlink()
    assert Remote.names() == ("hospital",)
    assert Remote.named("hospital").calling_ae_title == "ANYBODY"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('hours = "late"', "two times of day"),
        ("pause = -1", "pause=-1"),
        ('pause = "long"', "pause='long'"),
        ("parallel = 4", "one C-MOVE at a time"),
        ('priority = "urgent"', "one of low, medium, high"),
        ("limit = 0", "limit=0: a number of studies"),
        ("limit = true", "limit=True"),
        ("limt = 5", "unknown key 'limt'"),
    ],
)
def test_what_cannot_be_used_is_refused(files, line, words):
    """In either file, with the reason."""
    for path, other in (files, files[::-1]):
        path.write_text(f'[peers.x]\nhost = "h"\nport = 1\n{line}', encoding="utf-8")
        other.write_text("", encoding="utf-8")
        with pytest.raises(dm.EntityError, match=words):
            Remote.named("x")


def test_a_limit_may_be_said_apart(files):
    """One of the two numbers beside the short form holds."""
    files[0].write_text('[peers.x]\nhost = "h"\nport = 1\nlimit = 10\nlimit_instances = 99', encoding="utf-8")
    peer = Remote.named("x")
    assert (peer.limit_studies, peer.limit_instances) == (10, 99)


@pytest.mark.parametrize(("site", "own", "held"), [("none", 30, 30), (20, "none", 20), ("none", "none", None)])
def test_no_limit_is_the_loosest(files, site, own, held):
    """A number holds against none, whoever says it."""
    files[0].write_text(f"[peers.hospital]\nlimit = {own!r}", encoding="utf-8")
    files[1].write_text(f'[peers.hospital]\nhost = "h"\nport = 1\nlimit = {site!r}', encoding="utf-8")
    assert Remote.named("hospital").limit_studies == held


def test_the_sites_file_says_where_it_is_wrong(files):
    """A site's file that is no TOML is named."""
    files[1].write_text("[peers", encoding="utf-8")
    with pytest.raises(dm.EntityError, match=r"site.config\.toml is no TOML"):
        Remote.named("hospital")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("x = " + "9" * 5000, "too many digits"),
        ('[peers.x]\nhost = "h"\nport = 1\n[peers.x.listener]\ntransfer_syntaxes = 5', "a tuple of at least one UID"),
        ('[peers."pa\\u001b[31mcs"]\nhost = "h"\nport = 1', r"known are .*'pa\\x1b\[31mcs'"),
    ],
    ids=["deep", "long", "type", "control characters"],
)
def test_hostile_file_is_refused_in_words(files, text, words):
    """What Python itself stumbles over is told as all else is, and no name steers the terminal."""
    files[0].write_text(text, encoding="utf-8")
    with pytest.raises(dm.EntityError, match=words):
        Remote.named("x")


@pytest.mark.usefixtures("files")
def test_priority_and_limit_of_the_entry_hold_for_a_move():
    """Without an option of its own a move is as the entry says."""
    options = read_options(dm.Peer.named("hospital"))
    assert (options.priority, options.limit) == ("low", dm.Limit(20, 8000))
    assert read_options(dm.Peer("h", 1, priority="medium")).priority == "medium"


def test_what_the_site_says_of_audit_and_purpose_holds(files):
    """The user's own trail is kept beside the site's; what the site requires stays required."""
    own, site = files
    site.write_text(SITE + 'audit = "site.log"\nrequire_purpose = true\nrequire_audit = true\n', encoding="utf-8")
    own.write_text(
        OWN.replace("pause = 60", 'pause = 60\naudit = ["own.log", "syslog"]\nrequire_purpose = false'), encoding="utf-8"
    )
    peer = Remote.named("hospital")
    assert peer.audit == (str(site.parent / "site.log"), str(own.parent / "own.log"), "syslog")
    assert (peer.require_purpose, peer.require_audit) == (True, True)
    assert {"audit", "require_purpose", "require_audit"} <= set(peer.fixed)


def test_what_is_required_is_true_or_false(files):
    """A text such as "yes" is refused: nobody shall believe that something is required which is not."""
    own, _ = files
    own.write_text(OWN + 'require_purpose = "yes"\n', encoding="utf-8")
    with pytest.raises(dm.EntityError, match="require_purpose='yes': True or False"):
        Remote.named("own")
