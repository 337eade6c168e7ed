"""What is no picture says what it is and what is in it."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import Dataset

import dicommove as dm
from dicommove.panels.documents import document, pdf_of
from dicommove.panels.report import report_lines


@pytest.fixture(scope="module")
def demo_documents(tmp_path_factory):
    """The series of the demo archive that are no pictures, by modality."""
    with dm.demo() as pacs:
        query = (
            pacs.studies().where(StudyDate=dm.between("1990-01-01", "2030-01-01")).series().where(Modality=["SR", "DOC", "ECG"])
        )
        found = query.move(tmp_path_factory.mktemp("data"), progress=False).instances
    return {row.Modality: row.path for row in found.itertuples()}


def item(kind, name="", **attributes):
    """A content item."""
    made, concept = Dataset(), Dataset()
    concept.CodeMeaning = name
    made.ValueType, made.ConceptNameCodeSequence = kind, [concept]
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def dataset(**attributes):
    """A data set with these attributes."""
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def test_a_report_of_the_demo_archive(viewing, demo_documents):
    """Its text in the message that opens it."""
    _, front = viewing(demo_documents["SR"])
    front.tell("open", series=0)
    opened = front.last("opened")
    assert (opened["kind"], opened["count"], opened["presets"]) == ("document", 1, [])
    assert opened["document"]["title"] == "Basic Text SR"
    assert opened["document"]["lines"][0] == "Diagnostic Imaging Report"
    assert any(line.startswith("  Finding: ") for line in opened["document"]["lines"])


def test_an_ecg_of_the_demo_archive(viewing, demo_documents):
    """Twelve leads, each as long as the others, in a unit."""
    _, front = viewing(demo_documents["ECG"])
    front.tell("open", series=0)
    plot = front.last("opened")["document"]["plot"]
    assert [lead["name"] for lead in plot["leads"]][:4] == ["I", "II", "III", "aVR"]
    assert {len(lead["samples"]) for lead in plot["leads"]} <= {2_000, len(plot["leads"][0]["samples"])}
    assert plot["seconds"] > 0
    assert plot["unit"] in ("uV", "mV")


def test_a_pdf_of_the_demo_archive_is_offered(viewing, demo_documents):
    """Only when it is asked for; as it was stored."""
    _, front = viewing(demo_documents["DOC"])
    front.tell("open", series=0)
    assert front.last("opened")["document"]["pdf"]
    front.tell("pdf", series=0, index=0)
    ((content, (pdf,)),) = front.of("pdf")
    assert (content["series"], content["index"]) == (0, 0)
    assert pdf.startswith(b"%PDF-")


def test_a_frame_of_a_document_says_what_it_is(viewing, demo_documents):
    """A tile that would be a picture is told that there is none."""
    _, front = viewing(demo_documents["SR"])
    front.tell("want", series=0, frames=[0])
    front.tell("thumb", series=[0])
    assert front.wait("frame")[0][0]["error"] == "Basic Text SR (no pixels)"
    assert front.wait("thumb")[0][0]["note"] == "Basic Text SR (no pixels)"


def test_the_values_of_a_report():
    """Numbers with units, codes, references, coordinates; persons and dates only when asked for."""
    unit, code, measured, reference = Dataset(), Dataset(), Dataset(), Dataset()
    unit.CodeValue, code.CodeMeaning = "mm", "Left lung"
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = "4.5", [unit]
    reference.ReferencedSOPInstanceUID, reference.ReferencedFrameNumber = "1.2.3", 7
    content = [
        item("NUM", "Diameter", MeasuredValueSequence=[measured]),
        item("NUM", "Volume", MeasuredValueSequence=[]),
        item("CODE", "Site", ConceptCodeSequence=[code]),
        item("IMAGE", "Source", ReferencedSOPSequence=[reference]),
        item("SCOORD", "Outline", GraphicType="POLYLINE"),
        item("PNAME", "Observer", PersonName="Weiss^Carla"),
        item("DATE", "Of", Date="20240102"),
        item("TEXT", "Two lines", TextValue="first\nsecond"),
        item("CONTAINER", "", ContentSequence=[item("TEXT", "", TextValue="inner")]),
    ]
    lines = report_lines(item("CONTAINER", "Report", ContentSequence=content), private=True)
    assert lines[:4] == ["Report", "  Diameter: 4.5 mm", "  Volume", "  Site: Left lung"]
    assert lines[4:6] == ["  Source: instance 1.2.3, frame 7", "  Outline: polyline"]
    assert lines[6:8] == ["  Observer: (hidden)", "  Of: (hidden)"]
    assert lines[8:] == ["  Two lines: first", "    second", "  Container", "    inner"]
    assert "  Observer: Weiss^Carla" in report_lines(item("CONTAINER", "", ContentSequence=content), private=False)


def test_a_report_without_end_ends():
    """Lines and depth are bounded, for it comes from elsewhere."""
    wide = item("CONTAINER", "Report", ContentSequence=[item("TEXT", "x", TextValue="y") for _ in range(3_000)])
    assert report_lines(wide, private=True)[-1] == "only the first 2000 lines are shown"
    deep = inner = item("CONTAINER", "x")
    for _ in range(60):
        inner.ContentSequence = [item("CONTAINER", "x")]
        inner = inner.ContentSequence[0]
    assert len(report_lines(deep, private=True)) == 17


@pytest.mark.parametrize(
    ("attributes", "line"),
    [
        ({"BeamSequence": [dataset(BeamName="AP"), dataset(BeamName="PA")]}, "2 beams: AP, PA"),
        ({"ContentLabel": "KEY", "GraphicAnnotationSequence": [Dataset()]}, "KEY"),
        ({}, "no pixels, and nothing else that could be shown here; its header can"),
        ({"IonBeamSequence": [Dataset()]}, "1 ion beam"),
        ({"EncapsulatedDocument": b"<x/>", "MIMETypeOfEncapsulatedDocument": "text/XML"}, "text/XML, 0.0 kB"),
    ],
)
def test_one_line_of_what_is_in_it(attributes, line):
    """Radiotherapy, presentation states, whatever."""
    shown = document(dataset(SOPClassUID="1.2.3.4", **attributes), private=True)
    assert shown["lines"][0] == line
    assert (shown["title"], shown["plot"], shown["pdf"]) == ("SOP Class 1.2.3.4", None, False)


def test_what_claims_to_be_a_pdf():
    """Only what begins as one is offered as one."""
    false = dataset(EncapsulatedDocument=b"<script>", MIMETypeOfEncapsulatedDocument="application/pdf")
    assert not document(false, private=True)["pdf"]
    assert pdf_of(false) == b""
    assert pdf_of(dataset(EncapsulatedDocument=b"%PDF-1.4 x")) == b"%PDF-1.4 x"


def test_the_title_of_a_document_may_name_a_patient():
    """It is shown only when asked for."""
    named = dataset(EncapsulatedDocument=b"%PDF-1.4", DocumentTitle="Befund Meier")
    assert "Meier" not in str(document(named, private=True))
    assert "Meier" in str(document(named, private=False))


def waveform(samples, **others):
    """An ECG of one lead."""
    group, channel = Dataset(), dataset(ChannelLabel="II")
    group.ChannelDefinitionSequence, group.NumberOfWaveformChannels = [channel], 1
    group.NumberOfWaveformSamples, group.SamplingFrequency = len(samples), 500
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    group.add_new("WaveformData", "OW", np.asarray(samples, "<i2").tobytes())
    for keyword, value in others.items():
        setattr(group, keyword, value)
    return dataset(SOPClassUID="1.2.3.4", WaveformSequence=[group])


def test_a_long_lead_is_thinned_without_losing_its_peaks():
    """Lowest and highest of each piece, in their order."""
    samples = np.zeros(100_000, int)
    samples[[33_333, 66_666]] = 900, -700
    (lead,) = document(waveform(samples), private=True)["plot"]["leads"]
    assert len(lead["samples"]) == 2_000
    assert (max(lead["samples"]), min(lead["samples"])) == (900, -700)
    assert lead["name"] == "II"


@pytest.mark.parametrize(
    "odd", [{"NumberOfWaveformSamples": 10**9}, {"WaveformBitsAllocated": 7}, {"WaveformSampleInterpretation": "XX"}]
)
def test_a_damaged_waveform_is_said(odd):
    """The tile goes on without a plot."""
    shown = document(waveform([1, 2, 3], **odd), private=True)
    assert shown["plot"] is None
    assert shown["lines"][-1].startswith("the waveform cannot be read")
