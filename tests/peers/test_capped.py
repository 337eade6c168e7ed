"""Real archives that cut their answers off or ignore keys: what is there is found all the same, and what is doubtful is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

import dicommove as dm
from dicommove.retrieve.asking import search

from .archives import RealFile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.peer

_ROOT = "1.2.826.0.1.3680043.8.498.6"


@dataclass(frozen=True)
class Holding:
    """One instance of what the archives of this file hold."""

    study: int
    series: int
    number: int
    date: str
    time: str

    @property
    def uid(self) -> str:
        """SOP Instance UID."""
        return f"{_ROOT}.{self.study}.{self.series}.{self.number}"


def _holdings() -> list[Holding]:
    """Twenty studies: twelve of one day, four of them without a time; one has seven series, and one of these six instances."""
    made = []
    for study in range(1, 21):
        date = "20240117" if study <= 12 else f"2023{study - 8:02}10"
        time = "" if study % 3 == 0 else f"{3 + study:02}1500"
        many = study == 1
        made += [
            Holding(study, series, n, date, time)
            for series in range(1, 8 if many else 2)
            for n in range(1, 7 if series == 7 else 2)
        ]
    return made


def _write(folder: Path, one: Holding) -> RealFile:
    meta, image = FileMetaDataset(), Dataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = image.SOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID = one.uid
    image.StudyInstanceUID, image.SeriesInstanceUID = f"{_ROOT}.{one.study}", f"{_ROOT}.{one.study}.{one.series}"
    image.PatientID, image.PatientName, image.AccessionNumber = (
        f"{one.study % 5}P{one.study:03}",
        f"NAME^{one.study}",
        f"A{one.study}",
    )
    image.StudyDate, image.StudyTime, image.Modality = one.date, one.time, "MR" if one.series % 2 else "SC"
    image.StudyID, image.SeriesNumber, image.InstanceNumber = str(one.study), one.series, one.number
    image.file_meta = meta
    path = folder / f"{one.uid}.dcm"
    image.save_as(path, enforce_file_format=True)
    return RealFile(path)


@pytest.fixture
def files(tmp_path):
    """What the archives of this file hold, as files."""
    folder = tmp_path / "made"
    folder.mkdir()
    return [_write(folder, one) for one in _holdings()]


@pytest.fixture
def peer(free_port):
    """How we call an archive, and where it is to send to."""

    def make(archive) -> dm.Peer:
        port = free_port()
        archive.register("NOTEBOOK", port)
        listener = dm.Listener(ae_title="NOTEBOOK", port=port)
        return dm.Peer(archive.host, archive.port, ae_title=archive.ae_title, calling_ae_title="NOTEBOOK", listener=listener)

    return make


@pytest.fixture(params=[4, 5])
def capped(request, orthanc, files, peer):
    """An Orthanc that answers at most so many matches, and ends with a status Cancel that nobody asked for."""
    archive = orthanc(LimitFindResults=request.param, LimitFindInstances=request.param)
    archive.load(files)
    return peer(archive)


STUDIES = {f"{_ROOT}.{study}" for study in range(1, 21)}
ALL = dm.between("2023-01-01", "2024-12-31")


def test_everything_beyond_the_limit_is_found(capped):
    """Studies by date, by time, and by Patient ID where some of one day have no time; series by modality and number."""
    studies = capped.studies().where(StudyDate=ALL).find()
    series = capped.studies(f"{_ROOT}.1").returning("NumberOfStudyRelatedSeries").series().find()
    assert set(studies["StudyInstanceUID"]) == STUDIES
    assert studies["StudyInstanceUID"].is_unique
    assert len(series) == 7
    assert not studies.attrs["truncated"]
    assert not series.attrs["truncated"]
    with pytest.warns(dm.AnswersWarning, match="0xFE00"):
        assert capped.studies().where(StudyDate=ALL).find(split=None).attrs["truncated"]


def test_the_ledger_is_not_fooled_by_the_limit(capped, tmp_path):
    """Every instance arrives and is in the ledger; where a series is cut off, its count is what is expected."""
    result = capped.studies().where(StudyDate=ALL).move(tmp_path / "data", progress=False)
    assert result.outcome == "complete"
    assert set(result.ledger["SOPInstanceUID"]) == {one.uid for one in _holdings()}
    by_study = result.requests.set_index("StudyInstanceUID")["expected_by"]
    assert (by_study[f"{_ROOT}.1"], by_study[f"{_ROOT}.2"]) == ("counts", "instances")


def test_a_limit_that_is_just_met_costs_little(orthanc, files, peer):
    """As many studies as the limit: the archive says that these are all, and is believed."""
    archive = orthanc(LimitFindResults=20)
    archive.load(files)
    answers = search.ask(peer(archive), dm.Query().studies().where(StudyDate=ALL))
    assert (len(answers.matches), answers.requests, answers.doubts) == (20, 1, ())


def test_a_key_that_dcmqrscp_ignores_is_unverified(dcmqrscp, files, peer, tmp_path):
    """It answers every study, without the key: nothing is moved on that, and with unverified="accept" everything is."""
    archive = dcmqrscp()
    archive.load(files)
    query = peer(archive).studies().where(StudyDate=ALL, ModalitiesInStudy="MG")
    with pytest.warns(dm.AnswersWarning, match="20 answers do not hold ModalitiesInStudy"):
        assert query.find().attrs["unverified"] == 20
    with pytest.raises(dm.QueryError, match=r"ModalitiesInStudy.*series\(\)"):
        query.plan(tmp_path / "data")
    with pytest.warns(dm.AnswersWarning):
        assert query.plan(tmp_path / "data", unverified="accept").studies == 20


def test_optional_return_keys_of_dcmqrscp_leave_no_doubt(dcmqrscp, files, peer, tmp_path):
    """It answers 0xFF01 to every optional return key; the keys that match are all in its answers."""
    archive = dcmqrscp()
    archive.load(files)
    plan = peer(archive).studies().where(StudyDate=ALL).plan(tmp_path / "data")
    assert (plan.studies, plan.warnings) == (20, ())
