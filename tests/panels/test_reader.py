"""A multi-frame stays open while its frames are read, and another file in its place is noticed."""

from __future__ import annotations

import numpy as np
import pytest

from dicommove.errors import PixelError
from dicommove.panels.reader import Reader
from dicommove.panels.series import Series


@pytest.fixture
def cine(slice_of, on_disk):
    """Write a file of three frames that begin with 0, 100 and 200 (and ``more``), and give its series."""

    def write(more: int = 0):
        frames = np.stack([np.arange(48, dtype=np.int16) + 100 * n + more for n in range(3)])
        folder = on_disk(slice_of(0, NumberOfFrames=3, PixelData=frames.tobytes()))
        path = next(folder.glob("*.dcm"))
        return Series.of(0, [{"path": str(path), "Rows": 8, "NumberOfFrames": 3}]), path

    return write


def test_the_header_is_parsed_once(cine):
    """All frames of a multi-frame share it."""
    series, _ = cine()
    with Reader() as reader:
        read = [reader.read(series.slot(index)) for index in (2, 0, 1)]
    assert [int(screen.values[0, 0]) for _, screen in read] == [200, 0, 100]
    assert len({id(frame.header) for frame, _ in read}) == 1


def test_another_file_under_the_name_is_read(cine):
    """A move that runs again may bring other pixels."""
    series, path = cine()
    with Reader() as reader:
        reader.read(series.slot(0))
        path.unlink()
        cine(more=7)
        assert reader.read(series.slot(0))[1].values[0, 0] == 7
        path.unlink()
        with pytest.raises(FileNotFoundError):
            reader.read(series.slot(0))


def test_a_fault_in_one_frame_leaves_the_others(cine):
    """Number of Frames may lie."""
    _, path = cine()
    told = Series.of(0, [{"path": str(path), "Rows": 8, "NumberOfFrames": 5}])
    with Reader() as reader:
        with pytest.raises(PixelError, match="the instance has 3"):
            reader.read(told.slot(4))
        assert reader.read(told.slot(1))[1].values[0, 0] == 100
