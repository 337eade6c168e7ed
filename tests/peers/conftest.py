"""Real archives as fixtures: made, loaded and ended for each test that asks for one."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pynetdicom
import pytest

from .archives import Dcmqrscp, Orthanc, RealFile, Storescp, free_port

_PYDICOM = (
    *(f"charset_files/chr{name}.dcm" for name in ("Arab", "Fren", "Greek", "H31", "H32", "Hbrw", "I2", "Russ", "X1", "X2")),
    *(f"test_files/{name}.dcm" for name in ("CT_small", "MR_small", "examples_palette", "liver_1frame", "waveform_ecg")),
    *(f"test_files/{name}.dcm" for name in ("693_J2KI", "J2K_pixelrep_mismatch", "examples_ybr_color", "examples_jpeg2k")),
    *(f"test_files/{name}.dcm" for name in ("SC_rgb_dcmtk_+eb+cr", "SC_rgb_jpeg_gdcm", "SC_rgb_small_odd")),
)


@pytest.fixture(scope="session")
def real_files(bundled_folder) -> list[RealFile]:
    """Real DICOM files that come in the wheels of pydicom and pynetdicom: six transfer syntaxes, nine character sets."""
    found = [RealFile(bundled_folder / name) for name in _PYDICOM]
    assert all(file.path.exists() for file in found)
    sent_by_test_suite = Path(pynetdicom.__file__).parent / "tests" / "dicom_files" / "RTImageStorage.dcm"
    return [*found, *(RealFile(path) for path in [sent_by_test_suite] if path.exists())]


@pytest.fixture(name="free_port")
def _free_port():
    """Return a function that finds a port for a listener that an archive has to be told of beforehand."""
    return free_port


@pytest.fixture
def programs():
    """Ends at the end of the test whatever was started in it."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def orthanc(programs, require, tmp_path):
    """Start an Orthanc: ``orthanc(destinations={"NOTEBOOK": 11113})``, then ``.load(files)`` and ``.register(ae, port)``.

    Settings of its configuration file are given by name: ``orthanc(LimitFindResults=5)``.
    """

    def start(destinations: dict[str, int] | None = None, **settings: object) -> Orthanc:
        return programs.enter_context(Orthanc(tmp_path / "orthanc", require("Orthanc"), destinations, **settings))

    return start


@pytest.fixture
def dcmqrscp(programs, require, tmp_path):
    """Start a dcmqrscp: as `orthanc`."""

    def start(destinations: dict[str, int] | None = None) -> Dcmqrscp:
        archive = Dcmqrscp(tmp_path / "dcmqrscp", require("dcmqrscp"), require("dcmqridx"), destinations)
        return programs.enter_context(archive)

    return start


@pytest.fixture(params=["orthanc", "dcmqrscp"])
def archive(request):
    """Start either real archive in turn: a test that asks for this one runs on both."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def storescp(programs, require, tmp_path) -> Storescp:
    """Start a receiver that keeps every bit, to compare ours with."""
    return programs.enter_context(Storescp(tmp_path / "storescp", require("storescp")))
