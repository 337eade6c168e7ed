"""Which SOP Instances the tree holds and where: in memory, under 200 bytes an instance."""

from __future__ import annotations

import hashlib
import threading

from .naming import digest

__all__ = ["Index"]

_SIZE = 6  # bytes of a file's size: 256 TB
_FOLDER = 4


class Index:
    """SOP Instance UID to relative path and size in bytes; safe to use from many threads.

    A UID is kept as 96 bits of its hash (two of a billion instances meet with a chance of 10^-11), a folder as its
    number, and a UID or its digest within a file name as one byte.

    Examples
    --------
    >>> index = Index()
    >>> index.add("1.2.3", "study/series/1.2.3.dcm", 1000)
    >>> index.find("1.2.3"), index.find("1.2.4"), len(index)
    (('study/series/1.2.3.dcm', 1000), None, 1)
    """

    def __init__(self) -> None:
        self._entries: dict[bytes, bytes] = {}
        self._folders: list[str] = []
        self._numbers: dict[str, int] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, uid: str, path: str, size_bytes: int) -> None:
        """Remember an instance; the last path given for a UID is the one that counts.

        Parameters
        ----------
        uid : str
            SOP Instance UID.
        path : str
            Relative to the data folder, separated by ``/``.
        size_bytes : int
            Of the whole file.
        """
        folder, _, name = path.rpartition("/")
        packed = (name.replace(uid, "\0") if uid in name else name.replace(digest(uid), "\1")).encode("utf-8", "surrogatepass")
        with self._lock:
            number = self._numbers.setdefault(folder, len(self._folders))
            if number == len(self._folders):
                self._folders.append(folder)
            self._entries[_key(uid)] = number.to_bytes(_FOLDER, "little") + size_bytes.to_bytes(_SIZE, "little") + packed

    def find(self, uid: str) -> tuple[str, int] | None:
        """Relative path and size in bytes, or None when it is not known."""
        entry = self._entries.get(_key(uid))
        if entry is None:
            return None
        folder = self._folders[int.from_bytes(entry[:_FOLDER], "little")]
        name = entry[_FOLDER + _SIZE :].decode("utf-8", "surrogatepass").replace("\0", uid)
        name = name.replace("\1", digest(uid)) if "\1" in name else name
        size_bytes = int.from_bytes(entry[_FOLDER : _FOLDER + _SIZE], "little")
        return (f"{folder}/{name}" if folder else name), size_bytes

    def forget(self, uid: str) -> None:
        """Drop an instance that is no longer in the tree."""
        self._entries.pop(_key(uid), None)


def _key(uid: str) -> bytes:
    return hashlib.blake2b(uid.encode("utf-8", "surrogatepass"), digest_size=12).digest()
