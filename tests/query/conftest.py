"""An archive in memory that answers Identifiers by the letter of PS3.4 C.4.1.2, and refuses what baseline C-FIND forbids."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from dicommove.query.rules import level_of
from dicommove.terms import InformationModel, Level

MULTI_VALUED = {"ModalitiesInStudy"}


def _patient(number, name, studies):
    return [{"PatientID": f"P{number}", "PatientName": name, **study} for study in studies]


def _study(number, date, series, description=""):
    modalities = "\\".join(sorted({modality for modality, _ in series}))
    common = {
        "StudyInstanceUID": f"1.{number}",
        "StudyDate": date,
        "StudyDescription": description,
        "ModalitiesInStudy": modalities,
    }
    return [
        common | {"SeriesInstanceUID": f"1.{number}.{place}", "Modality": modality, "SeriesNumber": str(place)} | instance
        for place, (modality, count) in enumerate(series, start=1)
        for instance in _instances(f"1.{number}.{place}", count)
    ]


def _instances(series, count):
    return [{"SOPInstanceUID": f"{series}.{n}", "InstanceNumber": str(n)} for n in range(1, count + 1)]


class TinyArchive:
    """Holds instances as dicts and answers steps of a walk."""

    def __init__(self, instances):
        self.instances = instances
        self.asked = []

    def answer(self, step, model, *, relational=False):
        """The matches of one C-FIND, after checking that it was allowed."""
        keys = {element.keyword: element for element in step.identifier}
        assert keys.pop("QueryRetrieveLevel").value == step.level.value
        keys.pop("SpecificCharacterSet", None)
        self.asked.append((step.level.value, {name: self._text(element) for name, element in keys.items()}))
        if not relational:
            self._check_baseline(step.level, keys, model)
        found = {}
        for instance in self.instances:
            if all(self._matches(element, instance.get(name, "")) for name, element in keys.items()):
                row = {name: instance[name] for name in keys if name in instance}
                found[tuple(instance[level.unique_key] for level in step.level.up_to)] = row
        return list(found.values())

    @staticmethod
    def _text(element):
        return "\\".join(map(str, element.value)) if element.VM > 1 else str(element.value or "")

    def _check_baseline(self, level, keys, model):
        for above in level.above:
            if above in model.levels:
                value = self._text(keys[above.unique_key])
                assert value, f"{above.unique_key} is missing"
                assert not set("*?\\") & set(value), "one single value for each level above"
        for name in keys:
            of = max(level_of(name) or level, model.levels[0])
            assert of is level or name in {above.unique_key for above in level.above}, f"{name} is no key of {level}"
        if model is InformationModel.STUDY_ROOT and level > Level.STUDY:
            assert "PatientID" not in keys

    def _matches(self, element, value):
        wanted = self._text(element)
        if not wanted:
            return True
        if element.VR == "UI":
            return value in wanted.split("\\")
        if element.VR == "DA" and "-" in wanted:
            start, end = wanted.split("-")
            return (start or "0") <= value <= (end or "9")
        values = value.split("\\") if element.keyword in MULTI_VALUED else [value]
        return any(fnmatchcase(one, wanted) for one in values)

    def run(self, query, *, model=None, relational=False, **options):
        """Drive a walk to its end."""
        model = model or query.default_model
        steps = query.walk(model=model, relational=relational, **options)
        answer = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                return end.value
            answer = self.answer(step, model, relational=relational)


@pytest.fixture
def archive():
    """Three patients, five studies."""
    return TinyArchive(
        [
            *_patient(
                1,
                "MEIER^ANNA",
                [*_study(1, "20240110", [("CT", 2), ("CT", 3), ("SR", 1)], "HEAD"), *_study(2, "20240220", [("MR", 2)])],
            ),
            *_patient(2, "MEIER^BERT", [*_study(3, "20240305", [("CT", 1), ("PT", 4)]), *_study(4, "20230101", [("DX", 1)])]),
            *_patient(3, "山田^太郎", _study(5, "20240111", [("CT", 2)])),
        ]
    )
