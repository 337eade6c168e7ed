"""Instances without pixels: a structured report, an encapsulated PDF, an ECG, and classes that few have heard of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .composing import Attributes, compose

if TYPE_CHECKING:
    from .elements import Elements
    from .people import Series

__all__ = ["code", "ecg", "encapsulated_pdf", "raw_data", "text_report"]


def text_report(series: Series, findings: list[str]) -> Elements:
    """Basic Text SR: a title and one text for each finding (PS3.3 A.35.1)."""
    items: list[Attributes] = [
        {
            "RelationshipType": "CONTAINS",
            "ValueType": "TEXT",
            "ConceptNameCodeSequence": [code("121071", "DCM", "Finding")],
            "TextValue": text,
        }
        for text in findings
    ]
    return _compose(
        series,
        {
            "ValueType": "CONTAINER",
            "ConceptNameCodeSequence": [code("18748-4", "LN", "Diagnostic Imaging Report")],
            "ContinuityOfContent": "SEPARATE",
            "CompletionFlag": "COMPLETE",
            "VerificationFlag": "UNVERIFIED",
            "ContentSequence": items,
            "ReferencedPerformedProcedureStepSequence": [],
            "PerformedProcedureCodeSequence": [],
        },
    )


def encapsulated_pdf(series: Series, title: str) -> Elements:
    """Encapsulated PDF with one page that shows its title (PS3.3 A.45.1)."""
    pdf = _one_page(title)
    return _compose(
        series,
        {
            "DocumentTitle": title,
            "AcquisitionDateTime": None,
            "BurnedInAnnotation": "YES",
            "ConversionType": "WSD",
            "ConceptNameCodeSequence": [],
            "MIMETypeOfEncapsulatedDocument": "application/pdf",
            "EncapsulatedDocumentLength": len(pdf),
            "EncapsulatedDocument": pdf,
        },
    )


def ecg(series: Series, seconds: float = 4.0, rate_hz: int = 250) -> Elements:
    """12-Lead ECG of a regular heart, in microvolts (PS3.3 A.34.2)."""
    leads = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    strength = (0.6, 1.0, 0.5, -0.8, 0.2, 0.7, -0.4, 0.3, 0.8, 1.2, 1.1, 0.9)
    beat = (np.arange(int(seconds * rate_hz)) / rate_hz) % 0.85
    waves = ((0.16, 0.025, 90), (0.275, 0.008, -110), (0.30, 0.012, 1100), (0.33, 0.010, -260), (0.53, 0.045, 240))
    volts = sum(height * np.exp(-(((beat - when) / width) ** 2)) for when, width, height in waves)
    samples = np.rint(np.outer(volts, strength)).astype("<i2")
    group: Attributes = {
        "WaveformOriginality": "ORIGINAL",
        "NumberOfWaveformChannels": len(leads),
        "NumberOfWaveformSamples": len(samples),
        "SamplingFrequency": float(rate_hz),
        "ChannelDefinitionSequence": [_channel(number, lead) for number, lead in enumerate(leads, 1)],
        "WaveformBitsAllocated": 16,
        "WaveformSampleInterpretation": "SS",
        "WaveformData": samples.tobytes(),
    }
    when = series.study.date + series.study.time
    return _compose(series, {"AcquisitionDateTime": when, "AcquisitionContextSequence": [], "WaveformSequence": [group]})


def raw_data(series: Series, number: int, payload: bytes) -> Elements:
    """An instance of a private or other class whose content nobody but its maker can read."""
    return _compose(series, {"EncapsulatedDocument": payload}, number)


def _compose(series: Series, content: Attributes, number: int = 1) -> Elements:
    return compose({**series.attributes(number), **content}, series.study.patient.charset)


def code(value: str, scheme: str, meaning: str) -> Attributes:
    """Item of a code sequence (PS3.3 8.8)."""
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}


def _channel(number: int, lead: str) -> Attributes:
    return {
        "WaveformChannelNumber": number,
        "ChannelSourceSequence": [code(f"2:{number}", "MDC", f"Lead {lead}")],
        "ChannelSensitivity": 1.0,
        "ChannelSensitivityUnitsSequence": [code("uV", "UCUM", "microvolt")],
        "ChannelSensitivityCorrectionFactor": 1.0,
        "ChannelBaseline": 0.0,
        "ChannelSampleSkew": 0,
        "WaveformBitsStored": 16,
    }


def _one_page(title: str) -> bytes:
    """Write a small PDF 1.4 by hand: catalogue, pages, page, text and font, and the table that says where each is."""
    text = f"BT /F1 24 Tf 72 760 Td ({title}) Tj ET".encode("ascii")
    bodies = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    file, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(bodies) + 1
    file += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    return file + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, file.index(b"xref\n0"))
