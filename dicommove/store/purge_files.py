"""Files that are purged: no link is followed, and what is another file by now stays; folders that are left empty go too."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from ..errors import StoreError
from ..head import read_head
from .drafts import HOME
from .naming import digest
from .part10 import read_file_meta

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from .tree import Directory, Tree

__all__ = ["CONFLICTS", "conflict_names", "remove_files", "set_aside"]

CONFLICTS = (HOME, "conflicts")
_STUDY = 0x0020_000D
_DIGEST = 16
"""Characters of the digest of a SOP Instance UID that names of conflicts begin with."""


def conflict_names(folder: str, uids: Iterable[str], studies: Collection[str]) -> list[str]:
    """Names of the files kept apart that belong to studies, by their own head, or to instances of these.

    Parameters
    ----------
    folder : str
        The folder of conflicts; it may be missing.
    uids : iterable of str
        SOP Instance UIDs.
    studies : Collection of str
        Study Instance UIDs.
    """
    digests = {digest(uid) for uid in uids}
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - as the tree does it
    except FileNotFoundError:
        return []
    return [name for name in names if name[:_DIGEST] in digests or _study(os.path.join(folder, name)) in studies]  # noqa: PTH118 - as above


def _study(path: str) -> str | None:
    with contextlib.suppress(OSError, StoreError):
        return read_head(path, frozenset({_STUDY}), _STUDY).text(_STUDY)
    return None


def remove_files(tree: Tree, files: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """Remove files, and folders that are empty then; the folders last a power cut without them.

    Parameters
    ----------
    tree : Tree
    files : Mapping
        SOP Instance UID by relative path, separated by ``/``.

    Returns
    -------
    removed : int
    kept : dict
        Why, by relative path: files that are something else by now.

    Raises
    ------
    OSError
        The folder cannot be written. What was removed stays removed.
    """
    removed, kept = 0, dict[str, str]()
    by_folder: dict[tuple[str, ...], dict[str, str]] = {}
    for path, uid in files.items():
        above, _, name = path.rpartition("/")
        by_folder.setdefault(tuple(above.split("/")) if above else (), {})[name] = uid
    for folders, names in by_folder.items():
        with contextlib.suppress(FileNotFoundError), tree.enter(folders, make=False) as folder:
            for name, uid in names.items():
                try:
                    removed += _remove(folder, name, uid)
                except StoreError as error:
                    kept["/".join((*folders, name))] = str(error)
            folder.sync()
        if folders[:1] != (HOME,):
            _remove_empty(tree, folders)
    return removed, kept


def _remove(folder: Directory, name: str, uid: str) -> int:
    try:
        descriptor = folder.open(name)
    except FileNotFoundError:
        return 0
    try:
        meta = read_file_meta(descriptor)
    finally:
        os.close(descriptor)
    if meta is not None and uid and meta.sop_instance_uid not in ("", uid):
        raise StoreError("another SOP Instance has this name now; remove it by hand if it belongs to the study")
    folder.remove(name)
    return 1


def _remove_empty(tree: Tree, folders: Sequence[str]) -> None:
    for depth in range(len(folders), 0, -1):
        try:
            with tree.enter(folders[: depth - 1], make=False) as above:
                os.rmdir(above.at(folders[depth - 1]), dir_fd=above.descriptor)
                above.sync()
        except (OSError, StoreError):
            return  # something else is in it


def set_aside(place: str) -> list[str]:
    """Names of damaged journals that were set aside, with their companions: nobody can say what is in them."""
    return sorted(name for name in os.listdir(place) if name.startswith("journal-damaged-"))  # noqa: PTH208 - as above
