"""What is mounted where, and which file systems are this machine's own. Standard library only; not for Windows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["LOCAL", "type_at"]

LOCAL = frozenset(
    """ext2 ext3 ext4 xfs btrfs zfs f2fs jfs reiserfs reiser4 bcachefs nilfs2 tmpfs ramfs overlay overlayfs aufs rootfs apfs hfs
    hfsplus ufs ffs hammer2 msdos vfat exfat ntfs ntfs3 fuseblk""".split()  # noqa: SIM905 - one name a line is no better to read
)
"""File systems of disks of this machine's own; what is none of them is taken for one over a network."""


def type_at(place: str) -> str:
    """Type of the file system that holds a path without links: that of the longest mount point above it; empty if unknown."""
    mounts = _mounts_of_linux() if sys.platform == "linux" else _mounts_of_bsd()
    above = [(point, kind) for point, kind in mounts if place == point or place.startswith(point.rstrip("/") + "/")]
    # Of two mounts on one point the later one is seen, so max() must prefer the last.
    return max(reversed(above), key=lambda mount: len(mount[0]), default=("", ""))[1]


def _mounts_of_linux() -> list[tuple[str, str]]:
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    mounts = []
    for line in lines:
        before, _, after = line.partition(" - ")
        point = before.split(" ")[4].encode("latin-1", "replace").decode("unicode_escape")  # blanks stand there as \040
        mounts.append((point, after.split(" ")[0]))
    return mounts


def _mounts_of_bsd() -> list[tuple[str, str]]:
    """From ``mount``, whose lines on macOS and the BSDs are ``//host/share on /Volumes/share (smbfs, nodev)``."""
    try:
        text = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    mounts = []
    for line in text.splitlines():
        point, _, kind = line.partition(" on ")[2].rpartition(" (")
        mounts.append((point, kind.split(",")[0].rstrip(")")))
    return mounts
