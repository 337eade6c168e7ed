"""Instances for the pictures: files that pydicom brings along, and small ones made to measure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydicom import Dataset
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

if TYPE_CHECKING:
    import numpy as np


@pytest.fixture(scope="session")
def bundled():
    """Path of a DICOM file that comes in pydicom's wheel; nothing is fetched."""

    def path(name: str) -> Path:
        found = get_testdata_file(name, download=False)
        assert found, name
        return Path(found)

    return path


@pytest.fixture
def instance():
    """Make a data set around an array: (rows, columns) grey, (rows, columns, 3) RGB; attributes by keyword."""

    def make(array: np.ndarray, **attributes: object) -> Dataset:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
        dataset.Rows, dataset.Columns = array.shape[:2]
        dataset.SamplesPerPixel = array.shape[2] if array.ndim == 3 else 1
        dataset.PhotometricInterpretation = "RGB" if array.ndim == 3 else "MONOCHROME2"
        dataset.PlanarConfiguration = 0
        dataset.BitsAllocated = dataset.BitsStored = array.dtype.itemsize * 8
        dataset.PixelRepresentation = int(array.dtype.kind == "i")
        dataset.add_new("PixelData", "OW", array.tobytes())
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
        return dataset

    return make
