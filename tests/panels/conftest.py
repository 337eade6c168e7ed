"""What the tests of the panels share: small series on disk, and a front end that only listens."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

import dicommove as dm
from dicommove.panels.form import Form
from dicommove.panels.preview import Preview


@pytest.fixture
def slice_of():
    """Make one CT slice as a data set: number ``n`` lies ``n`` times 2 mm above the origin, its values begin with ``n``."""

    def make(n: int = 0, **attributes: object) -> Dataset:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.4.{n}"
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", "1.2.3.1"
        dataset.PatientName, dataset.PatientID = "Meier^Anna", "P1"
        dataset.Modality, dataset.SeriesNumber, dataset.SeriesDescription, dataset.InstanceNumber = "CT", 2, "Thorax", n + 1
        dataset.ImageOrientationPatient, dataset.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, 2 * n]
        dataset.PixelSpacing, dataset.SliceThickness = [0.5, 0.25], 2
        dataset.Rows, dataset.Columns, dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 8, 6, 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
        dataset.RescaleSlope, dataset.RescaleIntercept, dataset.WindowCenter, dataset.WindowWidth = 1, -1024, -1000, 60
        dataset.add_new("PixelData", "OW", (np.arange(48, dtype=np.int16) + n).tobytes())
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
        return dataset

    return make


@pytest.fixture
def on_disk(tmp_path):
    """Write data sets as files of a folder and return the folder."""

    def write(*datasets: Dataset, folder: str = "images"):
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        for dataset in datasets:
            dataset.save_as(place / f"{dataset.SOPInstanceUID}.dcm", enforce_file_format=True)
        return place

    return write


class FrontEnd:
    """What the browser would be: takes the messages of a panel, and sends its own."""

    def __init__(self, panel) -> None:
        self.panel = panel
        self.came: list[tuple[dict, list[bytes]]] = []
        self._arrived = threading.Condition()
        panel.send = self._take

    def _take(self, content, buffers=None) -> None:
        with self._arrived:
            self.came.append((content, [bytes(one) for one in buffers or ()]))
            self._arrived.notify_all()

    def tell(self, kind: str, **content: object) -> None:
        """Send a message to the kernel side, as the comm would hand it over."""
        self.panel._handle_custom_msg({"type": kind, **content}, [])

    def of(self, kind: str) -> list[tuple[dict, list[bytes]]]:
        """Return all messages of a type so far."""
        with self._arrived:
            return [one for one in self.came if one[0]["type"] == kind]

    def wait(self, kind: str, number: int = 1) -> list[tuple[dict, list[bytes]]]:
        """Wait until so many messages of a type have come, with a deadline."""
        with self._arrived:
            found = lambda: [one for one in self.came if one[0]["type"] == kind]  # noqa: E731 - shorter than its name
            assert self._arrived.wait_for(lambda: len(found()) >= number, 30), [one[0] for one in self.came]
            return found()

    def last(self, kind: str) -> dict:
        """Content of the last message of a type."""
        return self.of(kind)[-1][0]


@pytest.fixture
def viewing():
    """Open previews that are closed with the test, each with its front end."""
    opened = []

    def view(subject, **options):
        preview = Preview(subject, **options)
        opened.append(preview)
        return preview, FrontEnd(preview)

    yield view
    for preview in opened:
        preview.close()


@pytest.fixture
def front_end():
    """Take the messages of any panel, as ``front_end(panel)``."""
    return FrontEnd


@pytest.fixture
def form_of(tmp_path, front_end):
    """Open forms on demo archives, each with the front ends of its fields, table and card; all are closed with the test."""
    with ExitStack() as stack:

        def opened(folder="data", *, fault=None, peer=None, **options):
            peer = peer or stack.enter_context(dm.demo(fault=fault))
            form = Form(peer, tmp_path / folder, check=False, **options)
            stack.callback(form.close)
            session = form._session
            return form, *(front_end(panel) for panel in (session.fields, session.table, session.card))

        yield opened
