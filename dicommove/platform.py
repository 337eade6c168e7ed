"""Every call that differs between Linux, macOS and Windows, each with a portable branch that the tests force.

The capitalised flags are read when a function is called, so that a test (or a user in need) sets one and gets the other branch.
Standard library only.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import stat
import struct
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .mounts import LOCAL, type_at

if TYPE_CHECKING:
    from collections.abc import Sequence

IS_WINDOWS = os.name == "nt"
HAS_UNNAMED_FILES = hasattr(os, "O_TMPFILE")
"""The system knows files without a name (open(2), ``O_TMPFILE``); whether a file system does shows only when tried."""
HAS_HARD_LINKS = hasattr(os, "link") and not IS_WINDOWS
HAS_DIRECTORY_DESCRIPTORS = os.open in os.supports_dir_fd and hasattr(os, "O_DIRECTORY") and hasattr(os, "O_NOFOLLOW")
"""Folders can be entered step by step, so that nobody can put a link into the way in between."""

O_BINARY = getattr(os, "O_BINARY", 0)
O_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
O_NONBLOCK = getattr(os, "O_NONBLOCK", 0)

_NO_UNNAMED = frozenset((errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT, errno.ENOSYS, errno.EPERM))
_NO_LINKS = frozenset((errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL))
_PORTS = frozenset(f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789\xb9\xb2\xb3")
_RESERVED = _PORTS | {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
_OWN_DRIVES = frozenset((2, 3, 6))  # DRIVE_REMOVABLE, DRIVE_FIXED, DRIVE_RAMDISK of GetDriveTypeW
_GET_ADDRESS = {"linux": 0x8915, "darwin": 0xC0206921}  # SIOCGIFADDR
_LOCKED_BYTE = 0x7FFF_FFFF  # beyond every file: Windows locks are mandatory and would keep readers out
_LONGEST_PLAIN_PATH = 240  # Windows refuses 260 and more, a folder from 248 on; some room for names made later


def open_unnamed(folder: str, mode: int, dir_fd: int | None = None) -> int | None:
    """Open a file without a name for reading and writing; None where the system or the file system has none.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    if not HAS_UNNAMED_FILES:
        return None
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR, mode, dir_fd=dir_fd)
    except OSError as error:
        if error.errno in _NO_UNNAMED:
            return None
        raise


def link_descriptor(descriptor: int, name: str, dir_fd: int) -> None:
    """Give a file without a name one, never in place of another file (linkat(2)).

    Raises
    ------
    FileExistsError
        Something has the name, be it a link that leads nowhere.
    """
    # Without a dir_fd Python calls link(2), which would link the entry of /proc itself.
    os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=dir_fd, dst_dir_fd=dir_fd, follow_symlinks=True)


def link(source: str, name: str, *, source_dir_fd: int | None = None, dir_fd: int | None = None) -> bool:
    """Give a file a second name, never in place of another file; False where the file system has no hard links.

    Raises
    ------
    FileExistsError
        Something has the name.
    """
    if not HAS_HARD_LINKS:
        return False
    try:
        os.link(source, name, src_dir_fd=source_dir_fd, dst_dir_fd=dir_fd, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    return True


def close(descriptor: int) -> None:
    """Close a descriptor; it is gone whatever the system has to say of it, and closing it again would close another's."""
    with contextlib.suppress(OSError):
        os.close(descriptor)


def sync_directory(path: str, dir_fd: int | None = None) -> None:
    """Make the names of a folder last a power cut; does nothing where folders cannot be opened (Windows)."""
    if dir_fd is not None:
        os.fsync(dir_fd)
    elif not IS_WINDOWS:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Lock a file for this process, as long as it is open; False when another open of it holds the lock.

    The system lets go of the lock when the process ends, however it ends.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryFile() as file:
    ...     try_lock(file.fileno())
    True
    """
    try:
        if IS_WINDOWS:
            import msvcrt  # noqa: PLC0415 - exists on Windows only

            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]  # Windows only
        else:
            import fcntl  # noqa: PLC0415 - exists on POSIX only

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL):
            return True  # a file system without locks: one process is what can be promised there
        raise
    return True


def wait_for_lock(descriptor: int, timeout: float = 30.0) -> bool:
    """Lock a file, waiting up to ``timeout`` seconds for who holds it; False when that was not enough."""
    deadline, pause = time.monotonic() + timeout, 0.0001
    while not try_lock(descriptor):
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause = min(2 * pause, 0.01)  # most locks are held for some microseconds
    return True


def unlock(descriptor: int) -> None:
    """Let go of the lock of `try_lock`."""
    with contextlib.suppress(OSError):
        if IS_WINDOWS:
            import msvcrt  # noqa: PLC0415 - exists on Windows only

            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined, unused-ignore]  # Windows only
        else:
            import fcntl  # noqa: PLC0415 - exists on POSIX only

            fcntl.flock(descriptor, fcntl.LOCK_UN)


def is_link(status: os.stat_result) -> bool:
    """Tell whether what ``os.lstat`` saw leads elsewhere: a symbolic link, or a junction of Windows.

    Examples
    --------
    >>> is_link(os.lstat("."))
    False
    """
    reparse = getattr(status, "st_file_attributes", 0) & getattr(stat, "FILE_ATTRIBUTE_REPARSE_POINT", 0x400)
    return stat.S_ISLNK(status.st_mode) or bool(reparse)


def is_reserved_name(name: str) -> bool:
    """Tell whether Windows takes a file name for a device, whatever its ending.

    Examples
    --------
    >>> is_reserved_name("nul.dcm"), is_reserved_name("null.dcm")
    (True, False)
    """
    return name.partition(".")[0].rstrip(" ").upper() in _RESERVED


def long_path(path: str) -> str:
    r"""Path that Windows takes beyond its 260 characters; everywhere else the path as it is.

    Examples
    --------
    >>> long_path("/data/a.dcm")
    '/data/a.dcm'
    """
    if not IS_WINDOWS or len(path) < _LONGEST_PLAIN_PATH or path.startswith("\\\\?\\"):
        return path
    return "\\\\?\\UNC\\" + path[2:] if path.startswith("\\\\") else "\\\\?\\" + path


def has_locks(folder: str | os.PathLike[str]) -> bool:
    """Try in a folder whether a lock keeps others out; on some file systems over a network everybody gets it.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    (descriptor, name), other = tempfile.mkstemp(prefix=".dicommove-probe-", dir=folder), -1
    try:
        other = os.open(name, os.O_RDWR | O_BINARY)
        return try_lock(descriptor) and not try_lock(other)
    finally:
        close(descriptor)
        close(other)
        with contextlib.suppress(OSError):
            Path(name).unlink()


def filesystem_type(path: str | os.PathLike[str]) -> str:
    """Type of the file system that holds a path, as the system calls it; empty when nobody can say (and on Windows)."""
    return "" if IS_WINDOWS else type_at(os.path.realpath(path))


def is_network_filesystem(path: str | os.PathLike[str]) -> bool:
    """Tell whether a folder is on another machine's disk, where SQLite must not share memory (its WAL).

    What cannot be found out counts as one.
    """
    place = os.path.realpath(path)
    if IS_WINDOWS:
        return _is_network_drive(place)
    return type_at(place) not in LOCAL


def _is_network_drive(place: str) -> bool:
    if place.startswith("\\\\") and not place.startswith("\\\\?\\"):
        return True
    import ctypes  # noqa: PLC0415 - wanted on Windows only

    windll = getattr(ctypes, "windll", None)
    return windll is None or windll.kernel32.GetDriveTypeW(place[:3]) not in _OWN_DRIVES


def in_container() -> bool:
    """Tell whether this process runs in a container, whose addresses others cannot reach without a published port."""
    if any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv")):
        return True
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST") or os.environ.get("container"))  # noqa: SIM112 - systemd's own spelling


def interface_address(name: str) -> str | None:
    """IPv4 address of a network interface; None when it has none, or where the system is not asked (Windows, other Unixes)."""
    code = _GET_ADDRESS.get(sys.platform)
    if code is None:
        return None
    import fcntl  # noqa: PLC0415 - exists on POSIX only

    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        answer = fcntl.ioctl(asking.fileno(), code, struct.pack("256s", name.encode()[:15]))
        return socket.inet_ntoa(answer[20:24])
    return None


def readable(connections: Sequence[socket.socket], seconds: float) -> list[socket.socket]:
    """Wait until one of some connections can be read, or is closed by its peer; none of them when the time is over.

    Parameters
    ----------
    seconds : float
        How long to wait.

    Raises
    ------
    OSError, ValueError
        One of them was closed here.
    """
    poll = getattr(select, "poll", None)
    if poll is None:
        return select.select(connections, [], [], seconds)[0]
    polling = poll()  # select(2) takes no descriptor beyond 1023, and a busy process has more
    for connection in connections:
        polling.register(connection, select.POLLIN)
    found = {descriptor for descriptor, _ in polling.poll(seconds * 1000)}
    return [connection for connection in connections if connection.fileno() in found]


def exclusive_bind(listening: socket.socket) -> None:
    """Prepare a socket so that a port left in TIME_WAIT can be bound at once, and one in use cannot be shared."""
    if IS_WINDOWS:
        # There SO_REUSEADDR would let any process take over a port that is in use.
        listening.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE", ~socket.SO_REUSEADDR), 1)
    else:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
