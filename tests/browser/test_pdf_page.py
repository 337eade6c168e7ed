"""An Encapsulated PDF in the preview: a press gives the bytes of the file that the instance holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydicom import Dataset

from dicommove.panels.opening import listed_row, opened_content
from dicommove.panels.preview import Preview

from .preview_page import STATE

pytestmark = pytest.mark.browser

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n\xff\x00\x80 any bytes\ntrailer<</Root 1 0 R>>\n%%EOF\n"
KERNEL = """
const bytes = new Uint8Array(%(pdf)s);
window.kernel = (content) => queueMicrotask(() => {
  if (content.type === "ready") window.deliver({ type: "series", rows: [%(row)s] });
  if (content.type === "open") window.deliver(%(opened)s);
  if (content.type === "pdf") window.deliver({ ...content, type: "pdf" }, new DataView(bytes.buffer));
});
"""


def encapsulated():
    """An instance that holds a PDF of odd length, padded to an even one (PS3.3 A.45.1)."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.Modality, dataset.SeriesNumber = "1.2.840.10008.5.1.4.1.1.104.1", "DOC", 7
    dataset.MIMETypeOfEncapsulatedDocument, dataset.DocumentTitle = "application/pdf", "Letter of <b>Meier</b>"
    dataset.EncapsulatedDocument = PDF + b"\0" * (len(PDF) % 2)
    dataset.EncapsulatedDocumentLength = len(PDF)
    return dataset


def test_a_press_saves_the_pdf(blank):
    """What the kernel says and sends of it, pressed in a browser: the same bytes, without the padding, under a plain name."""
    preview, sent = Preview(encapsulated()), []
    preview.send = lambda content, buffers=(): sent.append((content, buffers))
    preview._handle_custom_msg({"type": "pdf", "series": 0, "index": 0}, [])
    preview.close()
    ((told, (pdf,)),) = sent
    assert told == {"type": "pdf", "series": 0, "index": 0}
    series = preview.gallery[0]
    parts = {"row": listed_row(series, private=True) | {"study": 0}, "opened": opened_content(series, private=True)}
    told = {name: json.dumps(part) for name, part in parts.items()}
    blank.show(preview._esm, preview._css, KERNEL % (told | {"pdf": json.dumps(list(bytes(pdf)))}), **STATE)
    blank.wait("document.querySelector('.dm-document h4')?.textContent === 'Encapsulated PDF'")
    assert "Meier" not in blank.page.locator(".dm-document").text_content()
    with blank.page.expect_download() as download:
        blank.page.get_by_role("button", name="Save the PDF").click()
    assert download.value.suggested_filename == "DOC_7_1.pdf"
    assert Path(download.value.path()).read_bytes() == PDF
