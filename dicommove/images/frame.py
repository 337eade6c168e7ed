"""One frame of an instance as an array; all the others stay encoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import RLELossless

from ..errors import PixelError
from .attributes import number, quietly, text, value
from .codestream import check_frame
from .kinds import kind, syntax_name
from .source import LARGEST_BYTES, LARGEST_SAMPLES, Encoded, opened

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom import Dataset
    from pydicom.pixels.decoders.base import Decoder

__all__ = ["Frame", "frame_array", "frame_of", "read_frame"]

# The faster decoder of pylibjpeg-rle panics on damaged data: what it raises is no Exception, and it writes to the terminal.
_PLUGINS = {RLELossless: "pydicom"}


@dataclass(frozen=True)
class Frame:
    """One decoded frame, its values as stored.

    Attributes
    ----------
    values : ndarray
        (rows, columns), or (rows, columns, 3) in RGB; the values that are stored, before any look-up table.
    header : Dataset
        What stands before the pixels.
    index : int
        Which frame this is, from 0.
    count : int
        Number of Frames.
    photometric : str
        Photometric Interpretation of `values` (PS3.3 C.7.6.3.1.2): colour is ``"RGB"`` already.
    bits : int
        Bits Stored; 0 for floating point values.
    """

    values: NDArray[Any]
    header: Dataset
    index: int
    count: int
    photometric: str
    bits: int


def frame_array(source: Path | str | Dataset, index: int | None = None) -> NDArray[Any]:
    """Decode one frame; its values are as stored.

    Parameters
    ----------
    source : path or Dataset
    index : int, optional
        The frame, from 0; the middle one when left out.

    Returns
    -------
    ndarray
        (rows, columns), or (rows, columns, 3) in RGB.

    Raises
    ------
    OSError
        The file cannot be read.
    PixelError
        There is no such frame, or it cannot be decoded; the text says why.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> frame_array(get_testdata_file("CT_small.dcm", download=False)).shape
    (128, 128)
    """
    with quietly():
        return read_frame(source, index).values


def read_frame(source: Path | str | Dataset, index: int | None = None) -> Frame:
    """As `frame_array`, with the header and what else a picture needs.

    Raises
    ------
    OSError
        The file cannot be read.
    PixelError
        There is no such frame, or it cannot be decoded; the text says why.
    """
    with opened(source) as encoded:
        return frame_of(encoded, index)


def frame_of(encoded: Encoded, index: int | None = None) -> Frame:
    """As `read_frame`, of an instance that is open already: its header is parsed once for all of its frames.

    Raises
    ------
    PixelError
        There is no such frame, or it cannot be decoded; the text says why.
    """
    if not encoded.keyword:
        raise PixelError(kind(encoded.header))
    options = _options(encoded)
    count = options["number_of_frames"]
    if index is not None and not 0 <= index < count:
        raise PixelError(f"there is no frame {index + 1}: the instance has {count}")
    decoder = _decoder(encoded)
    for wanted in dict.fromkeys((count // 2, 0)) if index is None else (index,):
        try:
            return _decoded(decoder, encoded, options, wanted)
        except PixelError as error:
            problem = error
    raise problem


def _decoded(decoder: Decoder, encoded: Encoded, options: dict[str, Any], index: int) -> Frame:
    start = encoded.data.tell()
    try:
        check_frame(encoded, options, index)
        values, found = decoder.as_array(encoded.data, index=index, decoding_plugin=_PLUGINS.get(encoded.syntax, ""), **options)
    except PixelError:
        raise
    except Exception as error:  # plug-ins raise nearly anything for damaged data
        raise PixelError(f"cannot be decoded: {_reason(error)}") from error
    finally:
        encoded.data.seek(start)
    bits = 0 if "Float" in encoded.keyword else options["bits_stored"]
    return Frame(values, encoded.header, index, options["number_of_frames"], str(found["photometric_interpretation"]), bits)


def _reason(error: Exception) -> str:
    if isinstance(error, ValueError) and "reshape" in str(error):
        return "Pixel Data is shorter than Rows and Columns say"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(error).__name__


def _decoder(encoded: Encoded) -> Decoder:
    name = syntax_name(encoded.syntax)
    try:
        decoder = get_decoder(encoded.syntax)
    except NotImplementedError as error:
        raise PixelError(f"no decoder for {name}") from error
    if not decoder.is_available:
        raise PixelError(f'{name} needs a decoder: pip install "dicommove[lab]"')
    return decoder


def _options(encoded: Encoded) -> dict[str, Any]:
    """Describe the pixels as pydicom's decoders want it (PS3.3 C.7.6.3), with what a careless writer left out."""
    header = encoded.header
    rows, columns = number(header, "Rows", 0), number(header, "Columns", 0)
    if rows < 1 or columns < 1:
        raise PixelError("Rows or Columns are missing")
    samples = number(header, "SamplesPerPixel", 1)
    allocated = number(header, "BitsAllocated", {"FloatPixelData": 32, "DoubleFloatPixelData": 64}.get(encoded.keyword, 0))
    if allocated < 1:
        raise PixelError("Bits Allocated is missing")
    if rows * columns * samples * allocated // 8 > LARGEST_BYTES or rows * columns * samples > LARGEST_SAMPLES:
        raise PixelError(f"{columns} x {rows} is too large for a picture")
    options = {
        "rows": rows,
        "columns": columns,
        "samples_per_pixel": samples,
        "photometric_interpretation": text(header, "PhotometricInterpretation") or ("RGB" if samples == 3 else "MONOCHROME2"),
        "planar_configuration": number(header, "PlanarConfiguration", 0),
        "number_of_frames": max(1, number(header, "NumberOfFrames", 1)),
        "bits_allocated": allocated,
        "bits_stored": number(header, "BitsStored", allocated),
        "pixel_representation": number(header, "PixelRepresentation", 0),
        "pixel_keyword": encoded.keyword,
        "pixel_vr": encoded.vr,
    }
    return options | _offsets(header)


def _offsets(header: Dataset) -> dict[str, tuple[bytes, bytes]]:
    """Return the Extended Offset Table, when both of its parts are there (PS3.3 C.7.6.3.1.8)."""
    table, lengths = value(header, "ExtendedOffsetTable"), value(header, "ExtendedOffsetTableLengths")
    if not isinstance(table, bytes) or not isinstance(lengths, bytes) or len(table) != len(lengths):
        return {}
    return {"extended_offsets": (table, lengths)}
