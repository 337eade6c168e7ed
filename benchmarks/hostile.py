"""How ours and the original get through the faults of ``tests/hostile``: a table for the page on reliability.

``python benchmarks/hostile.py [--only GROUP] [--subject NAME] [--json FILE]``: some minutes; each case runs in a folder of
its own, some side by side. The original is judged by what must hold for any program: see ``tests/hostile/judging.py``.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

_ROOT = Path(__file__).parents[1]
sys.path.append(str(_ROOT))

from tests.hostile.judging import judge  # noqa: E402 - the tests are no package that is installed

SUBJECTS = {"movescu": "dicommove movescu", "api": "dicommove move()", "pynetdicom": "pynetdicom movescu"}
_AT_ONCE = 4
_PATIENCE_SECONDS = 15.0
"""For the original, which is told to give up after three."""


def groups():
    """The cases of each file, by its name."""
    names = sorted(path.stem for path in (_ROOT / "tests/hostile").glob("test_*.py"))
    modules = {name.removeprefix("test_"): importlib.import_module(f"tests.hostile.{name}") for name in names}
    return {name: module.cases for name, module in modules.items() if hasattr(module, "cases")}


def subjects_of(case):
    """Who can be judged by a case: the original wherever our command line is."""
    return [*case.subjects, *(["pynetdicom"] if "movescu" in case.subjects else [])]


def judged(group, case, subject, place):
    """What was wrong; an exception of the kit counts as a fault too."""
    box = place / f"{group}-{case}-{subject}"
    box.mkdir()
    try:
        return judge(case if subject != "pynetdicom" else replace(case, within=_PATIENCE_SECONDS), subject, box)
    except Exception as error:  # noqa: BLE001 - the table must come to its end
        return [f"{type(error).__name__}: {error}"]


def run(chosen, subjects, place):
    """Faults by group, case and subject."""
    every = [(group, case, subject) for group, cases in chosen.items() for case in cases for subject in subjects_of(case)]
    wanted = [one for one in every if one[2] in subjects]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda one: judged(*one, place), wanted))
    return {(group, str(case), subject): faults for (group, case, subject), faults in zip(wanted, found, strict=True)}


def table(found):
    """Rows of the page: how many of a group's cases each got through."""
    rows = ["| kind of fault | " + " | ".join(SUBJECTS.values()) + " |", "|---|" + "---|" * len(SUBJECTS)]
    names = list(dict.fromkeys(group for group, _, _ in found))
    for group in [*names, None]:
        cells = [
            _cell([faults for (name, _, who), faults in found.items() if who == subject and group in {name, None}])
            for subject in SUBJECTS
        ]
        rows.append(f"| {(group or '**all**').replace('_', ' ')} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _cell(results):
    return f"{sum(not faults for faults in results)} of {len(results)}" if results else "-"


def main():
    """Print the table, and every fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", help="a group; may be given again")
    parser.add_argument("--subject", action="append", choices=SUBJECTS, help="who is judged; may be given again")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    chosen = {name: cases for name, cases in groups().items() if not given.only or name in given.only}
    with tempfile.TemporaryDirectory() as place:
        found = run(chosen, given.subject or SUBJECTS, Path(place))
    for key, faults in found.items():
        for fault in faults:
            print(*key, fault[:300], sep=": ")
    print(table(found))
    if given.json:
        given.json.write_text(json.dumps({" ".join(key): faults for key, faults in found.items()}, indent=1))


if __name__ == "__main__":
    main()
