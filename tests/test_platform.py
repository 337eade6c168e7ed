"""Calls that differ between systems, each portable branch forced."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import stat
import subprocess
import sys
from types import SimpleNamespace

import pytest

from dicommove import mounts, platform

fcntl = pytest.importorskip("fcntl", reason="the systems of the tests are POSIX")


@pytest.fixture
def two_opens(tmp_path):
    """Two descriptors of one file, as two processes would have them."""
    path = tmp_path / "lock"
    opens = [os.open(path, os.O_RDWR | os.O_CREAT) for _ in range(2)]
    yield opens
    for descriptor in opens:
        os.close(descriptor)


def test_lock_is_exclusive_until_it_is_let_go(two_opens):
    """The second open gets the lock when the first has let go of it."""
    one, two = two_opens
    assert platform.try_lock(one)
    assert not platform.try_lock(two)
    assert not platform.wait_for_lock(two, timeout=0)
    platform.unlock(one)
    assert platform.wait_for_lock(two)


def test_lock_of_a_dead_process_is_free(tmp_path):
    """A lock does not outlive its process."""
    opened = f"os.open({str(tmp_path / 'lock')!r}, os.O_RDWR | os.O_CREAT)"
    program = f"import os; from dicommove import platform; print(platform.try_lock({opened}))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "True\n"
    descriptor = os.open(tmp_path / "lock", os.O_RDWR)
    assert platform.try_lock(descriptor)
    os.close(descriptor)


def test_windows_locks_a_byte_far_behind_the_file(two_opens, monkeypatch):
    """On Windows a locked byte would keep readers out, so it is none that they read."""
    calls = []

    def locking(descriptor, mode, size):
        calls.append((os.lseek(descriptor, 0, os.SEEK_CUR), mode, size))
        if len(calls) > 1 and mode == 2:
            raise OSError(errno.EACCES, "locked")

    monkeypatch.setattr(platform, "IS_WINDOWS", True)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2, LK_UNLCK=0))
    assert [platform.try_lock(descriptor) for descriptor in two_opens] == [True, False]
    platform.unlock(two_opens[0])
    assert calls == [(0x7FFF_FFFF, 2, 1), (0x7FFF_FFFF, 2, 1), (0x7FFF_FFFF, 0, 1)]


def test_file_system_without_locks_promises_one_process(monkeypatch, two_opens):
    """Where locks are not known they are taken as given; other faults are raised."""

    def fails(number):
        def flock(*_):
            raise OSError(number, "no")

        monkeypatch.setattr(fcntl, "flock", flock)

    fails(errno.ENOLCK)
    assert platform.try_lock(two_opens[0])
    fails(errno.EBADF)
    with pytest.raises(OSError, match="no"):
        platform.try_lock(two_opens[0])


def test_unnamed_file_gets_a_name_once(tmp_path):
    """A file without a name is linked in, and never in place of another."""
    folder = os.open(tmp_path, os.O_RDONLY)
    descriptor = platform.open_unnamed(".", 0o600, folder)
    if descriptor is None:
        pytest.skip("this file system has no unnamed files")
    platform.link_descriptor(descriptor, "a", folder)
    with pytest.raises(FileExistsError):
        platform.link_descriptor(descriptor, "a", folder)
    os.close(descriptor)
    os.close(folder)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_system_without_unnamed_files_says_so(tmp_path, monkeypatch):
    """None, by flag or by what the file system answers; a folder that is full of faults raises."""
    monkeypatch.setattr(platform, "HAS_UNNAMED_FILES", False)
    assert platform.open_unnamed(str(tmp_path), 0o600) is None
    monkeypatch.undo()

    def fails(number):
        def refuse(*_, **__):
            raise OSError(number, "no")

        monkeypatch.setattr(os, "open", refuse)

    fails(errno.EOPNOTSUPP)
    assert platform.open_unnamed(str(tmp_path), 0o600) is None
    fails(errno.ENOSPC)
    with pytest.raises(OSError, match="no"):
        platform.open_unnamed(str(tmp_path), 0o600)


def test_link_never_replaces_and_says_when_there_are_none(tmp_path, monkeypatch):
    """True, FileExistsError, or False where the file system has no hard links."""
    (tmp_path / "a").write_text("a")
    assert platform.link(str(tmp_path / "a"), str(tmp_path / "b"))
    with pytest.raises(FileExistsError):
        platform.link(str(tmp_path / "a"), str(tmp_path / "b"))

    def refuse(*_, **__):
        raise OSError(errno.EPERM, "FAT")

    monkeypatch.setattr(os, "link", refuse)
    assert not platform.link(str(tmp_path / "a"), str(tmp_path / "c"))
    monkeypatch.setattr(platform, "HAS_HARD_LINKS", False)
    assert not platform.link(str(tmp_path / "a"), str(tmp_path / "c"))


def test_folder_is_synchronised_by_name_or_not_at_all(tmp_path, monkeypatch):
    """Windows cannot open folders, and is not asked to."""
    platform.sync_directory(str(tmp_path))
    monkeypatch.setattr(platform, "IS_WINDOWS", True)
    platform.sync_directory(str(tmp_path / "not there"))


def test_links_and_junctions_are_links(tmp_path):
    """A symbolic link, and what Windows calls a reparse point."""
    (tmp_path / "link").symlink_to(tmp_path)
    assert platform.is_link(os.lstat(tmp_path / "link"))
    assert not platform.is_link(os.lstat(tmp_path))
    assert platform.is_link(SimpleNamespace(st_mode=stat.S_IFDIR, st_file_attributes=0x400))


@pytest.mark.parametrize("name", ["CON", "con.dcm", "Aux ", "com1.txt", "LPT9", "COM²", "conout$"])
def test_device_names_of_windows_are_known(name):
    """In every letter case and with every ending."""
    assert platform.is_reserved_name(name)


def test_long_paths_get_the_prefix_of_windows(monkeypatch):
    """Only there, only when long, and once; a share has its own form."""
    long = "C:\\" + "a" * 300
    assert platform.long_path(long) == long
    monkeypatch.setattr(platform, "IS_WINDOWS", True)
    assert platform.long_path("C:\\a") == "C:\\a"
    assert platform.long_path(long) == "\\\\?\\" + long == platform.long_path(platform.long_path(long))
    assert platform.long_path("\\\\host\\" + "a" * 300).startswith("\\\\?\\UNC\\host\\")


@pytest.mark.parametrize(
    ("kind", "is_network"),
    [("nfs4", True), ("cifs", True), ("9p", True), ("fuse.new", True), ("", True), ("ext4", False), ("overlay", False)],
)
def test_network_file_systems_are_known_by_their_mount(monkeypatch, kind, is_network):
    """The longest mount point above the folder counts, and of two on one point the later; one that is not known counts as one."""
    monkeypatch.setattr(mounts.sys, "platform", "linux")
    mounted = [("/", "ext4"), ("/data", "tmpfs"), ("/data", kind), ("/data2", "nfs")]
    monkeypatch.setattr(mounts, "_mounts_of_linux", lambda: mounted)
    assert platform.is_network_filesystem("/data/cohort") is is_network
    assert not platform.is_network_filesystem("/database")


def test_mounts_of_this_machine_are_read():
    """Something is mounted at the root, and blanks in names are blanks."""
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    assert "/" in dict(mounts._mounts_of_linux())


def test_mounts_are_read_where_there_is_no_proc(monkeypatch):
    """The lines of mount(8) of macOS; where that program is missing, nobody can say what a folder lies on."""
    text = "/dev/disk1s1 on / (apfs, local, journaled)\n//me@host/my share on /Volumes/my share (smbfs, nodev)\n"
    monkeypatch.setattr(mounts.subprocess, "run", lambda *_, **__: SimpleNamespace(stdout=text))
    monkeypatch.setattr(mounts.sys, "platform", "darwin")
    assert mounts._mounts_of_bsd() == [("/", "apfs"), ("/Volumes/my share", "smbfs")]
    assert platform.is_network_filesystem("/Volumes/my share/data")

    def missing(*_, **__):
        raise FileNotFoundError

    assert not platform.is_network_filesystem("/Users/me/data")
    monkeypatch.setattr(mounts.subprocess, "run", missing)
    assert platform.filesystem_type("/Users/me/data") == ""
    assert platform.is_network_filesystem("/Users/me/data")


def test_locks_are_tried(monkeypatch, tmp_path):
    """Where everybody gets a lock it keeps nobody out; the probe leaves nothing behind."""
    assert platform.has_locks(tmp_path)
    monkeypatch.setattr(platform, "try_lock", lambda _: True)
    assert not platform.has_locks(tmp_path)
    assert not list(tmp_path.iterdir())


def test_network_drives_of_windows_are_known(monkeypatch):
    """A share by its name, a drive by what the system says of it."""
    assert platform._is_network_drive("\\\\host\\share")
    kinds = {"Z:\\": 4, "C:\\": 3}
    kernel = SimpleNamespace(GetDriveTypeW=kinds.__getitem__)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    assert platform._is_network_drive("Z:\\data")
    assert not platform._is_network_drive("C:\\data")
    kinds["Q:\\"] = 0
    assert platform._is_network_drive("Q:\\data")


def test_container_is_known_by_its_environment(monkeypatch):
    """Kubernetes and systemd say so in the environment."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert platform.in_container()


@pytest.mark.parametrize("is_windows", [False, True])
def test_port_in_use_cannot_be_bound_again(monkeypatch, is_windows):
    """Each system gets the option that means "not shared"."""
    monkeypatch.setattr(platform, "IS_WINDOWS", is_windows)
    if is_windows:  # this system knows SO_REUSEADDR only, so the call alone is seen
        calls = []
        platform.exclusive_bind(SimpleNamespace(setsockopt=lambda *call: calls.append(call)))
        assert calls == [(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE", ~socket.SO_REUSEADDR), 1)]
        return
    with socket.socket() as one, socket.socket() as two:
        platform.exclusive_bind(one)
        one.bind(("127.0.0.1", 0))
        one.listen()
        platform.exclusive_bind(two)
        with pytest.raises(OSError, match="in use"):
            two.bind(one.getsockname())


@pytest.mark.parametrize("has_poll", [True, False])
def test_connection_is_readable_when_something_came(has_poll, monkeypatch):
    """What can be read is told, with poll(2) and without, and nothing when the time is over."""
    if not has_poll:
        monkeypatch.delattr(platform.select, "poll")
    one, two = socket.socketpair()
    with one, two:
        assert platform.readable([one, two], 0) == []
        two.send(b"1")
        assert platform.readable([one, two], 5) == [one]


@pytest.mark.parametrize("has_poll", [True, False])
def test_closed_connection_cannot_be_waited_for(has_poll, monkeypatch):
    """A connection that was closed here is an error, not a wait."""
    if not has_poll:
        monkeypatch.delattr(platform.select, "poll")
    one, two = socket.socketpair()
    one.close()
    with two, pytest.raises((OSError, ValueError)):
        platform.readable([one], 5)
