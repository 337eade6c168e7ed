"""The disk under the command line: refused with 0xA7xx, earlier instances kept, nothing outside, and the text says what to do."""

from __future__ import annotations

import os
import shutil
import socket

import pytest

from . import wire
from .cases import Cases

cases = Cases()
PROGRAM = {"subjects": ("movescu",)}
NAME = f"CT.{wire.SERIES}.2"
"""Of the second instance's file, as the original names it."""
REFUSED = range(0xA700, 0xA800)
IN_THE_WAY = {"right": ("partial",), "kept": 2}
"""The one instance is refused, the others are kept."""


def honest(talk):
    """All three, and the truth about them."""
    done = [talk.send_instances(number)[0] for number in (1, 2, 3)]
    good = done.count(0)
    talk.end(0 if good == 3 else 0xB000, completed=good, failed=3 - good)


def always(name, sentence, *right, **how):
    """An honest archive, and a folder that is not as it should be."""

    def script(talk):
        honest(talk)

    script.__name__ = name
    cases(sentence, *how.pop("right", right), **{**PROGRAM, **how})(script)


def planted(make):
    """Something under the second instance's name."""
    return lambda folder: make(folder / NAME, folder.parent)


def _file_in_place(folder):
    folder.rmdir()
    folder.write_text("a file")


def _linked_nowhere(folder):
    folder.rmdir()
    folder.symlink_to(folder.parent / "nowhere" / "at all")


def _socket(path, _):
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


def _crowd(folder):
    for number in range(3000):
        (folder / f"CT.9.9.{number}").touch()


always("missing_folder", "finds no folder: it is made", "complete", kept=3, prepare=lambda folder: folder.rmdir())
always(
    "odd_path",
    "has a folder with spaces, other scripts and a newline",
    kept=3,
    arguments=("-od", "{folder}/Ünï code 患者\n 'x' $HOME"),
)
always(
    "longest_path", "has a folder of 3,600 characters", kept=3, arguments=("-od", "{folder}" + "/" + "/".join(["d" * 200] * 18))
)
always(
    "too_long_path",
    "has a folder of 5,000 characters",
    "usage",
    kept=0,
    arguments=("-od", "{folder}" + "/" + "/".join(["d" * 200] * 25)),
)
always("too_long_name", "has a folder with a name of 300 characters", "usage", kept=0, arguments=("-od", "{folder}/" + "d" * 300))
always("file_in_place", "has a file where the folder should be", "usage", kept=0, prepare=_file_in_place)
always("no_folder_can_be_made", "has a folder that cannot be made", "usage", kept=0, arguments=("-od", "/proc/dicommove/out"))
always("link_to_nowhere", "has a link to nowhere where the folder should be", "usage", "complete", prepare=_linked_nowhere)
always("three_thousand_files", "has 3,000 files there already", "complete", prepare=_crowd)
always("few_descriptors", "may open 40 files at once", kept=3, wrapper=("prlimit", "--nofile=40"))
always(
    "link_to_a_file",
    "has a link to a file outside under a name to come",
    **IN_THE_WAY,
    prepare=planted(lambda path, box: path.symlink_to(box / "neighbour")),
)
always(
    "link_to_nothing",
    "has a dangling link outside under a name to come",
    **IN_THE_WAY,
    prepare=planted(lambda path, box: path.symlink_to(box / "planted")),
)
always(
    "link_to_a_folder",
    "has a link to a folder outside under a name to come",
    **IN_THE_WAY,
    prepare=planted(lambda path, box: path.symlink_to(box)),
)
always(
    "link_to_itself",
    "has a link to itself under a name to come",
    **IN_THE_WAY,
    prepare=planted(lambda path, _: path.symlink_to(path)),
)
always("folder_under_a_name", "has a folder under a name to come", **IN_THE_WAY, prepare=planted(lambda path, _: path.mkdir()))
always(
    "pipe_under_a_name",
    "has a pipe under a name to come, which must not be waited for",
    **IN_THE_WAY,
    prepare=planted(lambda path, _: os.mkfifo(path)),
)
always("socket_under_a_name", "has a socket under a name to come", **IN_THE_WAY, prepare=planted(_socket))
always(
    "device_under_a_name",
    "has a link to a device under a name to come",
    **IN_THE_WAY,
    prepare=planted(lambda path, _: path.symlink_to("/dev/full")),
)


@cases(
    "sends one that is larger than a file may be, and a small one after it",
    "partial",
    kept=2,
    wrapper=("prlimit", "--fsize=200000"),
    **PROGRAM,
)
def full_in_the_middle(talk):
    """As a full disk: 0xA7xx for that one, and the next one finds room."""
    statuses = talk.send_instances(1, wire.instance(2, pixels=bytes(1_000_000)), 3)
    assert statuses[0] == statuses[2] == 0, statuses
    assert statuses[1] in REFUSED, statuses
    talk.end(0xB000, completed=2, failed=1)


@cases("finds no room at all", "refused", "partial", kept=0, wrapper=("prlimit", "--fsize=200000"), **PROGRAM)
def full_from_the_beginning(talk):
    """Every one is refused."""
    large = [wire.instance(number, pixels=bytes(1_000_000)) for number in (1, 2, 3)]
    statuses = talk.send_instances(*large)
    assert all(status in REFUSED for status in statuses), statuses
    talk.end(0xB000, failed=3)


@cases("has its folder removed in the middle", "partial", "complete", **PROGRAM)
def removed_while_running(talk):
    """What comes then is refused, or kept in a folder made anew; never acknowledged and lost."""
    talk.send_instances(1)
    shutil.rmtree(talk.story.folder)
    talk.story.acknowledged.clear()
    statuses = talk.send_instances(2, 3)
    assert all(status == 0 or status in REFUSED for status in statuses), statuses
    good = 1 + statuses.count(0)
    talk.end(0 if good == 3 else 0xB000, completed=good, failed=3 - good)


@cases("has its folder replaced by a link to another one in the middle", "partial", "complete", **PROGRAM)
def replaced_by_a_link(talk):
    """Nothing is written where the link leads."""
    folder = talk.story.folder
    talk.send_instances(1)
    aside = folder.with_name("out.aside")
    folder.rename(aside)
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    folder.symlink_to(elsewhere)
    statuses = talk.send_instances(2)
    written = list(elsewhere.rglob("*"))
    folder.unlink()
    elsewhere.rmdir()
    aside.rename(folder)
    assert not written, written
    talk.end(0 if statuses == [0] else 0xB000, completed=2 if statuses == [0] else 1, failed=0 if statuses == [0] else 1)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_the_disk(case, subject, faults):
    """Nothing written outside, nothing acknowledged that is not there."""
    assert faults(case, subject) == []
