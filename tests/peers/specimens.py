"""Instances made here, one of every transfer syntax that there is, and those in a folder of real files.

Compressed pixel data of those made here is noise: nobody looks into it.

Each is of another SOP Class: an archive that chooses the context by SOP Class alone can send all of them.
"""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts

from dicommove.head import read_head

from .archives import data_set_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EVERY_SYNTAX = sorted(map(str, ALL_TRANSFER_SYNTAXES))
NATIVE = {str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian), str(ExplicitVRBigEndian)}
DEFLATED = {"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"}
"""Of these the whole data set is deflated (PS3.5 A.5, A.7)."""
REFERENCED = {"1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.204", "1.2.840.10008.1.2.4.205"}
"""Of these the pixel data is elsewhere (PS3.5 A.6, A.7)."""
VIDEO = {f"1.2.840.10008.1.2.4.{n}" for n in range(100, 109)}
HTJ2K = {f"1.2.840.10008.1.2.4.{n}" for n in (201, 202, 203)}
STUDY = "1.2.826.0.1.3680043.8.498.7"
_IMAGE = "1.2.840.10008.5.1.4.1.1."


@dataclass(frozen=True)
class Specimen:
    """A file, and what it was made of: as `archives.RealFile`, for those that pydicom cannot read too."""

    path: Path
    syntax: str
    SOPClassUID: str
    SOPInstanceUID: str
    StudyInstanceUID: str = STUDY
    SpecificCharacterSet: str = ""

    @property
    def content(self) -> bytes:
        """The encoded data set."""
        return data_set_bytes(self.path)


def specimens(folder: Path, syntaxes: Iterable[str] = EVERY_SYNTAX, frame_bytes: int = 3000) -> list[Specimen]:
    """Write one instance of each of these transfer syntaxes; the same arguments give the same bytes.

    Parameters
    ----------
    frame_bytes : int
        About how long a compressed frame is; a video is a hundred times as long.
    """
    folder.mkdir(parents=True, exist_ok=True)
    classes = sorted(uid for cx in AllStoragePresentationContexts if (uid := str(cx.abstract_syntax)).startswith(_IMAGE))
    made = []
    for number, syntax in enumerate(EVERY_SYNTAX):
        if syntax in syntaxes:
            path = folder / f"{syntax}.dcm"
            dataset = _data_set(number, classes[number])
            path.write_bytes(_part10(dataset, syntax, frame_bytes))
            made.append(Specimen(path, syntax, str(dataset.SOPClassUID), str(dataset.SOPInstanceUID)))
    return made


def found(folder: Path) -> tuple[list[list[Specimen]], dict[Path, str]]:
    """Look for instances in a folder.

    Returns
    -------
    list of list of Specimen
        In each list no SOP Instance UID is there twice; the first is the longest.
    dict
        Why each other file cannot be sent.
    """
    instances: dict[str, list[Specimen]] = {}
    others = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        head = read_head(path)
        uids = [head.text(f"{name}UID") or "" for name in ("SOPClass", "SOPInstance", "StudyInstance")]
        if path.read_bytes()[128:132] != b"DICM":
            others[path] = "no Part 10 file: its transfer syntax is not known"
        elif not all(uids[:2]):
            others[path] = head.fault or "no SOP Class or Instance UID: no instance"
        else:
            instances.setdefault(uids[1], []).append(Specimen(path, head.transfer_syntax_uid, *uids))
    return [[one for one in each if one] for each in zip_longest(*instances.values())], others


def _data_set(number: int, sop_class: str) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, f"{STUDY}.2.{number}"
    dataset.StudyDate, dataset.Modality = "20240102", "OT"
    dataset.PatientName, dataset.PatientID = "SPECIMEN^ONE", "SPEC1"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = STUDY, f"{STUDY}.1.{number}"
    dataset.StudyID, dataset.SeriesNumber, dataset.InstanceNumber = "1", number, 1
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = 32, 40
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    return dataset


def _part10(dataset: Dataset, syntax: str, frame_bytes: int) -> bytes:
    meta, file = FileMetaDataset(), DicomBytesIO()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    meta.TransferSyntaxUID, meta.ImplementationClassUID = UID(syntax), UID("1.2.3")
    file.write(bytes(128) + b"DICM")
    write_file_meta_info(file, meta, enforce_standard=True)
    return file.getvalue() + _encoded(dataset, syntax, frame_bytes)


def _encoded(dataset: Dataset, syntax: str, frame_bytes: int) -> bytes:
    noise = random.Random(syntax)
    if syntax in REFERENCED:
        dataset.PixelDataProviderURL = "https://pixels.invalid/" + "a" * 600
    elif syntax in NATIVE | DEFLATED:
        dataset.add_new(0x7FE00010, "OW", noise.randbytes(2 * 32 * 40))
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = syntax != ExplicitVRBigEndian, syntax == ImplicitVRLittleEndian
    write_dataset(buffer, dataset)
    if syntax in DEFLATED:
        deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        deflated = deflate.compress(buffer.getvalue()) + deflate.flush()
        return deflated + b"\0" * (len(deflated) % 2)
    if syntax in NATIVE | REFERENCED:
        return buffer.getvalue()
    return buffer.getvalue() + _encapsulated(noise, frame_bytes * (100 if syntax in VIDEO else 1))


def _encapsulated(noise: random.Random, size: int) -> bytes:
    """Pixel data as an empty offset table and two fragments of noise (PS3.5 A.4)."""
    fragments = [noise.randbytes(size // 2 * 2), noise.randbytes(size // 4 * 2)]
    items = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(data)) + data for data in (b"", *fragments))
    return b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff" + items + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
