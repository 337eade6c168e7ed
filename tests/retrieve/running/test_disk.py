"""Moves into a folder whose disk fills, or to which something is done meanwhile: the outcome says so, and nothing is lost."""

from __future__ import annotations

import shutil
import subprocess

import pytest


@pytest.fixture
def disk(tmp_path):
    """A disk whose size can be changed: its folder, and a function of the size in MB."""
    place, mount = tmp_path / "disk", shutil.which("mount")
    place.mkdir()
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "none", place], check=False, capture_output=True).returncode:
        pytest.skip("no right to mount a disk")
    yield place, lambda size: subprocess.run([mount, "-o", f"remount,size={size}m", place], check=True)
    subprocess.run(["umount", place], check=True)


@pytest.fixture
def meanwhile():
    """Make a callback that does something once when 20 instances are here."""

    def doing(deed):
        left = [deed]
        return lambda progress: left.pop()() if left and progress.received >= 20 else None

    return doing


def test_what_a_full_disk_refused_comes_when_there_is_room(disk, pacs, anna, meanwhile):
    """Full to the last byte: there is a result all the same, what came before is kept whole, and the rest is asked for again."""
    place, resize = disk
    result = anna(pacs).move(place / "data", progress=meanwhile(lambda: resize(10)), stragglers=0.2)
    assert result.outcome == "partial"
    assert "free some space" in result.reason
    assert "free some space" in repr(result)
    kept = {path: path.read_bytes() for path in (place / "data").rglob("*.dcm")}
    assert 20 <= len(kept) < 130
    resize(100)
    assert len(result.ledger) == 130
    assert result.retry_missing().outcome == "complete"
    assert all(path.read_bytes() == data for path, data in kept.items())
    assert len(list((place / "data").rglob("*.dcm"))) == 130


def made_again(data, _):
    """Somebody cleans up, and makes the folder anew."""
    gone = data.rename(data.with_name("gone"))
    data.mkdir()
    shutil.rmtree(gone, ignore_errors=True)


def linked(data, outside):
    """Somebody puts a link to another folder in its place."""
    data.rename(data.with_name("elsewhere"))
    data.symlink_to(outside)


def linked_within(data, outside):
    """The folders of studies become links."""
    for study in data.iterdir():
        if study.name != ".dicommove":
            study.rename(data.parent / study.name)
            study.symlink_to(outside)


@pytest.mark.parametrize("deed", [made_again, linked, linked_within])
def test_a_folder_that_is_replaced_takes_nothing_more(demo, anna, data, tmp_path, meanwhile, deed):
    """What is gone is not called complete, nothing goes where a planted link leads; once mended, the rest is asked for."""
    outside = tmp_path / "outside"
    outside.mkdir()
    peer = demo(fault="slow:0.005")
    how = {"progress": meanwhile(lambda: deed(data, outside)), "stragglers": 0.2}
    result = anna(peer).move(data, **how)
    assert result.outcome == "partial"
    assert any(words in result.reason for words in ("another folder stands where", "a link or a file stands where"))
    assert list(outside.iterdir()) == []
    for link in [path for path in (data, *data.iterdir()) if path.is_symlink()]:
        link.unlink()
    assert anna(peer).move(data).outcome == "complete"
    assert len([path for path in data.rglob("*.dcm") if ".dicommove" not in path.parts]) == 130
