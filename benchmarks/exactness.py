"""Whether what is kept equals what was sent, bit for bit: a whole folder of real files, by every sender that is installed.

Run it with ``python benchmarks/exactness.py FOLDER``. A wire between sender and receiver remembers what went over it. To the
files of the folder comes one instance of every transfer syntax, made here. dcmsend and storescu send to our receiver; Orthanc and
dcmqrscp are loaded with what they take and asked for it by ``move()``; and every file is sent as it lies there.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import Counter, defaultdict
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
import pandas as pd

import dicommove as dm
from dicommove.head import read_head
from tests.peers.archives import Dcmqrscp, Orthanc, data_set_bytes, free_port
from tests.peers.keeping import keeping
from tests.peers.sending import STORESCU_OPTIONS, dcmsend, send_as_stored, storescu
from tests.peers.specimens import found, specimens
from tests.peers.wiretap import Wiretap


class Report:
    """What became of each instance, by sender and transfer syntax."""

    def __init__(self):
        self.equal = defaultdict(Counter)
        self.rewritten = Counter()
        self.shortened = Counter()
        self.wrong = []
        self.unsent = defaultdict(list)

    def add(self, sender, files, sent, kept, reasons):
        """Compare what was sent with what was kept, and with the files."""
        for file in files:
            one = sent.get(file.SOPInstanceUID)
            ours = kept.get(file.SOPInstanceUID)
            if one is None:
                self.unsent[sender].append((file, reasons.get(file.SOPInstanceUID, "")))
            elif ours is None or not (ours == one.content or without_leading(one, ours)):
                self.wrong.append((sender, file, one.status))
            else:
                self.equal[sender][one.syntax] += 1
                self.rewritten[sender] += one.content != file.content
                self.shortened[sender] += ours != one.content

    def print(self):
        """Print everything, the instances that were not sent by name."""
        for sender, syntaxes in self.equal.items():
            print(
                f"{sender}: {syntaxes.total()} equal what was sent; {self.rewritten[sender]} of them written anew by the sender, "
            )
            print(f"    {self.shortened[sender]} without leading elements of groups 0000-0007, which are left out on purpose")
            print("   ", ", ".join(f"{syntax}: {count}" for syntax, count in sorted(syntaxes.items())))
        for sender, files in self.unsent.items():
            print(f"{sender}: not sent: {len(files)}")
            for file, reason in files:
                print(f"    {file.syntax} {file.path.name}: {reason}")
        for sender, file, status in self.wrong:
            print(f"DIFFERS {sender}: {file.path} {file.syntax} status {status}")
        print("all equal" if not self.wrong else f"{len(self.wrong)} DIFFER")


def without_leading(sent, kept):
    """Tell whether only elements of groups 0000-0007 at its beginning are missing."""
    order = "big" if sent.syntax == "1.2.840.10008.1.2.2" else "little"
    groups = [int.from_bytes(data[:2], order) for data in (sent.content, kept)]
    return sent.content.endswith(kept) and groups[0] < 8 <= groups[1]


def last_line(text):
    """The last thing that a program of DCMTK says of its trouble."""
    lines = [line for line in text.splitlines() if line[:2] in ("F:", "E:", "W:")]
    return lines[-1] if lines else text.strip()[-200:]


def by_senders(files, folder, report):
    """Send to our receiver: as the files lie there, and by each program that is installed."""
    folder.mkdir()
    known = [file for file in files if file.syntax in STORESCU_OPTIONS]
    ways = {
        "as it lies there": (files, lambda port, file: send_as_stored(port, [file]) and ""),
        "dcmsend": (files, lambda port, file: dcmsend("dcmsend", port, [file])),  # alone: one that it cannot send stops the rest
        "storescu": (known, lambda port, file: storescu("storescu", port, file)),
    }
    for name, (some, send) in ways.items():
        if " " in name or shutil.which(name):
            with Wiretap() as wire, keeping(folder / name) as keeper:
                wire.target = keeper.port
                reasons = {file.SOPInstanceUID: last_line(send(wire.port, file)) for file in some}
                report.add(name, some, {one.uid: one for one in wire.sent()}, keeper.kept(), reasons)


def by_move(name, archive, files, folder, report):
    """Load an archive, move all of it, and ask again one by one for what did not come; return what it did not take."""
    port = free_port()
    with archive:
        loaded, reasons = loaded_one_by_one(archive, files) if name == "Orthanc" else (archive.load(files), {})
        with Wiretap(port) as wire:
            archive.register("NOTEBOOK", wire.port)
            listener = dm.Listener(port=port)
            pacs = dm.Peer("127.0.0.1", archive.port, ae_title=archive.ae_title, calling_ae_title="NOTEBOOK", listener=listener)
            kept = moved(pacs, loaded, folder, reasons)
            tried = files if name == "Orthanc" else loaded
            report.add(name, tried, {one.uid: one for one in wire.sent() if one.status == 0}, kept, reasons)
    return [file for file in files if file not in loaded]


def moved(pacs, loaded, folder, reasons):
    """Move study by study, then instance by instance what is missing: one bad instance spoils a whole C-MOVE of Orthanc."""
    kept = {}
    studies = sorted({file.StudyInstanceUID for file in loaded})
    keep(kept, reasons, pacs.move(studies, folder, progress=False, limit=None))
    for file in loaded:
        if pacs.ae_title == "ORTHANC" and file.SOPInstanceUID not in kept:
            keep(kept, reasons, pacs.move(named(file), folder, progress=False, stragglers=0.5))
    return kept


def keep(kept, reasons, result):
    """Note the encoded data set of each instance of a result, and why others did not come."""
    kept.update((row.SOPInstanceUID, data_set_bytes(Path(row.path))) for row in result.instances.itertuples())
    status = ", ".join(f"0x{one:04X}" for one in result.requests["Status"].dropna().unique())
    reasons.update((row.SOPInstanceUID, f"{row.state}; final status {status}") for row in result.ledger.itertuples())


def named(file):
    """Give the table that asks for one instance."""
    series = read_head(file.path).text("SeriesInstanceUID")
    uids = {"StudyInstanceUID": file.StudyInstanceUID, "SeriesInstanceUID": series, "SOPInstanceUID": file.SOPInstanceUID}
    return pd.DataFrame([uids])


def loaded_one_by_one(archive, files):
    """Load what the archive takes; return it, and why it did not take the others."""
    loaded, reasons = [], {}
    for file in files:
        try:
            loaded += archive.load([file])
        except AssertionError as error:
            reasons[file.SOPInstanceUID] = f"it does not take the file: {error.args[0][2:4]}"
    return loaded, reasons


def by_archives(files, folder, report):
    """Move from each archive that is installed; from dcmqrscp as often as it takes to have every syntax of every class."""
    if program := shutil.which("Orthanc"):
        by_move("Orthanc", Orthanc(folder / "orthanc", program), files, folder / "from-orthanc", report)
    left, number = list(files), 0
    while left and shutil.which("dcmqrscp"):
        number += 1
        area = folder / f"dcmqrscp-{number}"
        try:
            left = by_move("dcmqrscp", Dcmqrscp(area, "dcmqrscp", "dcmqridx"), left, folder / f"from-{number}", report)
        except subprocess.CalledProcessError as error:
            print(f"dcmqridx: {error.stderr[-300:]}", file=sys.stderr)
            return


def main():
    """Look for files, send them in every way there is, and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of DICOM files")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # of the readers of other software: real files break many a rule
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as place:
        folder = Path(place)
        batches, others = found(options.folder)
        print(f"{sum(map(len, batches))} instances; of {len(others)} files nothing can be sent:")
        for path, reason in others.items():
            print(f"    {path.name}: {reason}")
        groups = {"The folder": batches, "One instance of every transfer syntax, made here": [specimens(folder / "made")]}
        for number, (title, group) in enumerate(groups.items()):
            print(f"\n{title}")
            report = Report()
            for part, files in enumerate(group):
                by_senders(files, folder / f"{number}-{part}", report)
                by_archives(files, folder / f"{number}-{part}", report)
            report.print()


if __name__ == "__main__":
    main()
