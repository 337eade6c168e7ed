"""Plans, moves, results and catalogues as text and HTML: the same facts, nobody is named, no hostile text takes effect."""

from __future__ import annotations

import html
import re

import pytest
from pydicom import DataElement, Dataset
from pydicom.config import IGNORE
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

import dicommove as dm

NAME = "<img src=x onerror=alert(1)>^EVE"
DESCRIPTION = "<script>alert(1)</script>\x1b[2J"
DEADLINE_S = 60


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Move a series whose every text is hostile; give what the user may look at, by name."""
    place = tmp_path_factory.mktemp("hostile")
    (place / "archive").mkdir()
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.StudyDate = "1.2", "1.2.3", "20240131"
    dataset.PatientName, dataset.PatientID, dataset.SeriesDescription = NAME, "<b>EVE</b>", DESCRIPTION
    dataset.add(DataElement("Modality", "CS", "<i>", validation_mode=IGNORE))
    dataset.save_as(place / "archive" / "one.dcm", enforce_file_format=True)
    with dm.demo(data=place / "archive") as pacs:
        plan = pacs.studies("1.2").series().plan(place / "data")
        operation = plan.start_move()
        result = operation.result(DEADLINE_S)
        things = {"peer": pacs, "plan": plan, "operation": operation, "result": result, "explanation": result.explain()}
        yield things | {"catalogue": dm.Catalog(place / "data"), "panel": dm.watch(operation)}


THINGS = ["peer", "plan", "operation", "result", "explanation", "catalogue", "panel"]


def as_html(thing):
    """The HTML of a repr."""
    return thing._repr_html_() if hasattr(thing, "_repr_html_") else thing._repr_mimebundle_()[0]["text/html"]


@pytest.mark.parametrize("name", THINGS)
def test_nothing_of_the_archive_takes_effect(shown, name):
    """No element, no handler and no control character of the archive is in what is shown."""
    text, page = repr(shown[name]), as_html(shown[name])

    assert "\x1b" not in text + page
    assert not re.search(r"<(?:script|img|i|b)\b", page)
    assert not re.search(r"<[^>]*\son\w+=", page)


@pytest.mark.parametrize("name", THINGS)
def test_nobody_is_named(shown, name):
    """Series facts only: the patient's name and number are in the tables, not in the summaries."""
    assert "EVE" not in repr(shown[name]) + as_html(shown[name])


@pytest.mark.parametrize("name", THINGS)
def test_text_and_html_say_the_same(shown, name):
    """Every cell of the HTML is in the text, which is complete alone."""
    text = " ".join(repr(shown[name]).split())
    page = as_html(shown[name]).partition('class="dm-html"')[2]
    cells = re.findall(r"<(?:dd|td|p|pre)\b[^>]*>([^<]+)", page)

    assert cells
    for cell in map(html.unescape, cells):
        assert " ".join(cell.split()) in text
