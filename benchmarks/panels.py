"""How fast the panels are: first picture, pictures a second, memory, and what the progress panel costs.

Run it with ``python benchmarks/panels.py [--slices 300] [--rounds 3] [--json FILE]``. It needs the extra ``test``, chromium and
chromedriver. Everything goes through a real JupyterLab; the browser is driven by plain WebDriver.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from quietness import Watch
from webdriver import Browser

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.lab import LabServer

SIDE = 512
READY = "return window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle';"
RUN = """
  const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
  content.activeCellIndex = given[0];
  const began = performance.now();
  await window.jupyterapp.commands.execute("notebook:run-cell");
  while (sessionContext.session.kernel.status !== "idle") await new Promise(requestAnimationFrame);
  const outputs = content.widgets[given[0]].model.outputs.toJSON();
  return {text: outputs.map((one) => one.text ?? "").join(""), ms: performance.now() - began};"""
FIRST = """
  const { content } = window.jupyterapp.shell.currentWidget;
  content.activeCellIndex = given[0];
  const began = performance.now();
  window.jupyterapp.commands.execute("notebook:run-cell");
  const seen = () => content.widgets[given[0]].node.querySelector("canvas")?.getAttribute("aria-label")?.includes("center");
  while (!seen()) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - began;"""
OTHER = """
  const canvas = [...document.querySelectorAll("canvas")].at(-1), before = canvas.getAttribute("aria-label");
  const began = performance.now();
  [...document.querySelectorAll(".dm-entry")].at(-1).click();
  const now = () => canvas.getAttribute("aria-label") ?? "";
  while (now().split(",")[0] === before.split(",")[0] || !now().includes("center")) await new Promise(requestAnimationFrame);
  return performance.now() - began;"""
PLAY = """
  const panel = [...document.querySelectorAll(".dm-preview")].at(-1), canvas = panel.querySelector("canvas");
  const rate = panel.querySelector("[aria-label='Images per second']");
  rate.value = 120;
  rate.dispatchEvent(new Event("change"));
  const times = [];
  const watch = new MutationObserver(() => times.push(performance.now()));
  watch.observe(canvas, {attributeFilter: ["aria-label"]});
  panel.querySelector("[aria-label^='Play']").click();
  while (times.length < 2 * given[0]) await new Promise((done) => setTimeout(done, 50));
  panel.querySelector("[aria-label^='Play']").click();
  watch.disconnect();
  const speed = (from, to) => 1000 * (to - from) / (times[to] - times[from]);
  return [speed(0, given[0] - 1), speed(given[0], 2 * given[0] - 1)];"""
WAIT = "return new Promise((done) => setTimeout(done, 500));"
MEMORY = "print(int(next(line for line in open('/proc/self/status') if line.startswith('VmRSS')).split()[1]) * 1024)"
MOVE = """
import tempfile, time
folder = tempfile.mkdtemp()
cpu, wall = time.process_time(), time.monotonic()
op = query.start_move(folder)
{show}
await op
print(time.process_time() - cpu, time.monotonic() - wall)"""


def write_series(folder, slices):
    """Write two CT series of noise: it cannot be made smaller on the way, and no two pictures are equal."""
    random = np.random.default_rng(1)
    study = generate_uid()
    for number in (1, 2):
        series, frame = generate_uid(), generate_uid()
        for index in range(slices):
            data = _slice(index, random.integers(-1000, 1000, (SIDE, SIDE), np.int16))
            data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID, data.SeriesNumber = (
                study,
                series,
                frame,
                number,
            )
            data.save_as(folder / f"{number}-{index:04}.dcm", enforce_file_format=True)


def _slice(index, values):
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, generate_uid()
    data.Modality, data.PatientID, data.InstanceNumber = "CT", "0", index + 1
    data.ImagePositionPatient, data.ImageOrientationPatient = [0, 0, index], [1, 0, 0, 0, 1, 0]
    data.PixelSpacing, data.Rows, data.Columns = [0.5, 0.5], SIDE, SIDE
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = 1, "MONOCHROME2", 1
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, 16, 15
    data.RescaleSlope, data.RescaleIntercept, data.WindowCenter, data.WindowWidth = 1, 0, 0, 2000
    data.PixelData = values.tobytes()
    return data


def cells(folder):
    """The notebook: the preview, then moves with and without the panel."""
    single = f"import dicommove as dm, IPython.display\ndm.preview({str(folder / '1-0000.dcm')!r})"
    preview = f"panel = dm.preview({str(folder)!r})\npanel"
    begin = "pacs = dm.demo(fault='slow:0.5')\nquery = pacs.studies().where(PatientID='JP-0042')"
    warm = f"{MOVE.format(show='IPython.display.display(dm.watch(op))')}\nquery = pacs.studies().where(PatientID='000456')"
    return [
        single,
        MEMORY,
        preview,
        MEMORY,
        f"{begin}\n{warm}",
        MOVE.format(show=""),
        MOVE.format(show="IPython.display.display(dm.watch(op))"),
    ]


def load(text):
    """Processor time as a part of the time that has passed, in percent."""
    cpu, wall = map(float, text.split())
    return 100 * cpu / wall


def one_round(browser, server, folder, slices):
    """Measure everything once, in a kernel and a page of their own."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells(folder)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "python3"}
    nbformat.write(notebook, server.work / "panels.ipynb")
    watch = Watch()
    browser.open(server.url("panels.ipynb"))
    while not browser.run(READY):
        browser.run(WAIT)
    run = lambda cell: browser.run(RUN, cell)["text"]  # noqa: E731 - three words for what the next lines repeat
    loaded = browser.run(FIRST, 0)
    run(4)  # before anything is fetched: a preview goes on decoding ahead
    bare, shown, bare_again, shown_again = (load(run(cell)) for cell in (5, 6, 5, 6))
    kernel_before, page_before = int(run(1)), browser.memory()
    first = browser.run(FIRST, 2)
    cold, warm = browser.run(PLAY, slices)
    kernel, page = int(run(3)) - kernel_before, browser.memory() - page_before
    other = browser.run(OTHER)
    browser.run("await window.jupyterapp.shell.currentWidget.sessionContext.shutdown();")
    return {
        "first picture of a kernel, imports among it (ms)": loaded,
        "first picture, from running the cell (ms)": first,
        "first picture, from a click on another series (ms)": other,
        "played while it is fetched (pictures/s)": cold,
        "played from the browser's memory (pictures/s)": warm,
        "memory of the page for all pictures (MB)": page / 1e6,
        "memory of the kernel for all pictures (MB)": kernel / 1e6,
        "processor taken by a slow move (%)": min(bare, bare_again),
        "and by its progress panel (%)": min(shown, shown_again) - min(bare, bare_again),
        "noise": watch.noise(),
    }


def main():
    """Measure some rounds, print a table of medians, and keep every figure where asked."""
    parser = argparse.ArgumentParser(description="Measure the panels in a real JupyterLab.")
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        series = Path(folder) / "series"
        series.mkdir()
        write_series(series, given.slices)
        with LabServer(Path(folder) / "lab") as server, Browser() as browser:
            rounds = [one_round(browser, server, series, given.slices) for _ in range(given.rounds)]
    print(
        f"| {given.slices} CT slices of {SIDE} x {SIDE}, 16 bits; median of {given.rounds} | figure | from - to |\n|---|---|---|"
    )
    for name in rounds[0]:
        if name != "noise":
            values = [one[name] for one in rounds]
            print(f"| {name} | {statistics.median(values):.4g} | {min(values):.4g} - {max(values):.4g} |")
    print("other programs took", ", ".join(f"{one['noise']['others']:.1f}" for one in rounds), "processors")
    if given.json:
        given.json.write_text(json.dumps(rounds, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
