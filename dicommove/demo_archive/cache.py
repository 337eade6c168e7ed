"""Where the synthetic instances live: made at first use, kept in the user's cache folder, and never seen half made."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import platformdirs

from .composing import part10
from .patients import demo_instances

__all__ = ["demo_folders"]

_COMPLETE = "complete"
_MAKERS = frozenset({"composing", "documents", "painting", "patients", "people", "pictures"})
_HERE = Path(__file__).parent


def demo_folders() -> tuple[Path, ...]:
    """Folders that the demo archive serves: the native instances in the cache, and the compressed ones of the package.

    The cache is named after what makes it, so that another version of the package makes its own; `DICOMMOVE_DEMO_CACHE` names
    another place for it.
    """
    return _native_folder(), _HERE / "compressed"


def _native_folder() -> Path:
    root = Path(os.environ.get("DICOMMOVE_DEMO_CACHE") or platformdirs.user_cache_path("dicommove") / "demo")
    folder = root / _recipe()
    if (folder / _COMPLETE).exists():
        return folder
    try:
        root.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix="making-", dir=root))
    except OSError:
        return _make(_for_this_process())
    return _publish(_make(made), folder)


def _for_this_process() -> Path:
    """A home that cannot be written to is common in containers: then the files last as long as the process."""
    folder = Path(tempfile.mkdtemp(prefix="dicommove-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _publish(made: Path, folder: Path) -> Path:
    """Rename the finished folder; another process that was faster has made the same."""
    try:
        made.rename(folder)
    except OSError:
        if not (folder / _COMPLETE).exists():
            return made
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _make(folder: Path) -> Path:
    for number, elements in enumerate(demo_instances(), 1):
        (folder / f"{number:04}.dcm").write_bytes(part10(elements))
    (folder / _COMPLETE).touch()
    return folder


def _recipe() -> str:
    """Digest of the sources that the instances are made by."""
    digest = hashlib.sha256()
    for source in sorted(_HERE.glob("*.py")):
        if source.stem.startswith("phantom_") or source.stem in _MAKERS:
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]
