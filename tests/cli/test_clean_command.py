"""dicommove clean: what is taken out of a saved notebook, what stays, and that the file is whole at every moment."""

from __future__ import annotations

import json
import stat

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import dicommove as dm
from dicommove.cli import main

PNG = "iVBORw0KGgo="


def shown(data=None, **facts):
    """An output with a bundle."""
    return new_output("display_data", data=data or {}, **facts)


def said(text):
    """What a cell printed."""
    return new_output("stream", text=text)


@pytest.fixture
def save(tmp_path):
    """Save a notebook of cells, each its source and its outputs; give its path."""

    def write(*cells, **metadata):
        notebook = new_notebook(cells=[new_code_cell(source, outputs=outputs) for source, outputs in cells])
        notebook.metadata.update(metadata)
        path = tmp_path / "study.ipynb"
        nbformat.write(notebook, path)
        return path

    return write


def outputs(path):
    """How many outputs each cell has."""
    return [len(cell.get("outputs", ())) for cell in nbformat.read(path, 4).cells]


@pytest.mark.parametrize(
    ("output", "what"),
    [
        (shown({"text/plain": "<Figure>", "image/png": PNG}), "a picture"),
        (shown({"text/html": f'<img src="data:image/png;base64,{PNG}">'}), "a picture"),
        (shown({"text/html": "<table><th>PatientName</th></table>", "text/plain": "x"}), "PatientName"),
        (said("['Meier^Anna', 'O\u2019Neil^Mary']"), "a name"),
        (said("山田^太郎"), "a name"),
        (said("1.3.12.2.1107.5.1.4.12345.30000"), "a UID"),
        (said("It was 1.3.12.2.1107.5.1.4.12345.30000."), "a UID"),
        (shown({"text/plain": "x"}, metadata={"alt": "MEIER^ANNA"}), "a name"),
        (said("a" * 300_000 + "A b'-" * 100_000 + " MEIER^ANNA"), "a name"),
        (shown({"application/json": {"row": {"AccessionNumber": "A1"}}}), "AccessionNumber"),
        (shown({"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "Text(value='x')"}), "a panel"),
        (new_output("error", ename="KeyError", evalue="x", traceback=["df.loc['MEIER^ANNA']"]), "a name"),
    ],
)
def test_an_output_with_patient_data_is_removed(save, capsys, output, what):
    """The command says what it was, and never the data."""
    path = save(("look()", [output]), ("1 + 1", [said("2")]))

    assert main(["clean", str(path)]) == 0
    assert outputs(path) == [0, 1]
    told = capsys.readouterr().out
    assert f"cell 1: removed: {what}" in told
    assert "MEIER" not in told.upper()


@pytest.mark.parametrize(
    "output",
    [
        said("64 of 64 instances"),
        said("Secondary Capture Image Storage is 1.2.840.10008.5.1.4.1.1.7"),
        said("version 1.2.3.4, 2 ** 3 ^ 4"),
        shown({"text/html": "<table><th>Modality</th><td>CT</td></table>"}),
    ],
)
def test_what_names_nobody_stays(save, output):
    """Counts, UIDs of the Standard, versions and tables of facts are left alone, and so is the file."""
    path = save(("look()", [output]))
    before = path.read_bytes()

    assert main(["clean", str(path)]) == 0
    assert path.read_bytes() == before


def test_a_value_without_its_keyword_is_found_by_the_code(save, capsys):
    """The output is a bare number: its cell says whose."""
    path = save(("frame['PatientID'].iloc[0]", [shown({"text/plain": "'000123'"})]))

    assert main(["clean", str(path)]) == 0
    assert outputs(path) == [0]
    assert "what the cell makes of PatientID" in capsys.readouterr().out


def test_the_result_of_a_move_stays(save, tmp_path, capsys):
    """What dicommove shows by itself are series facts; the code that asked for a patient is told, not changed."""
    with dm.demo() as pacs:
        result = pacs.studies().where(PatientID="JP-0042").move(tmp_path / "data", progress=False)
    bundle = {"text/plain": repr(result), "text/html": result._repr_html_()}
    source = 'pacs.studies().where(PatientID="JP-0042").move("data")'
    path = save((source, [shown(bundle)]))

    assert main(["clean", str(path)]) == 0
    assert outputs(path) == [1]
    assert "cell 1: left, look at it: what is written in the cell: PatientID" in capsys.readouterr().out


def test_the_repr_of_a_query_is_removed(save):
    """It shows what was typed, the name too."""
    query = dm.Query().studies().where(PatientName="MEIER*")
    path = save(("query", [shown({"text/plain": repr(query), "text/html": query._repr_html_()})]))

    main(["clean", str(path)])
    assert outputs(path) == [0]


def test_saved_widgets_are_removed(save):
    """Their state holds what was typed into them."""
    path = save(("1", []), widgets={"application/vnd.jupyter.widget-state+json": {"state": {}}})

    assert main(["clean", str(path)]) == 0
    assert "widgets" not in nbformat.read(path, 4).metadata


def test_check_changes_nothing(save, capsys):
    """For a commit hook: the exit code says whether something would be removed."""
    path = save(("look()", [said("MEIER^ANNA")]))
    before = path.read_bytes()

    assert main(["clean", "--check", str(path)]) == 3
    assert path.read_bytes() == before
    assert "would be removed: a name" in capsys.readouterr().out
    main(["clean", str(path)])
    assert main(["clean", "--check", str(path)]) == 0


def test_all_outputs_can_be_removed(save, capsys):
    """With --all nothing stays; as JSON each finding is a row."""
    path = save(("1", [said("1")]), ("2", [said("2")]))

    assert main(["clean", "--all", "--json", str(path)]) == 0
    assert [row["cell"] for row in json.loads(capsys.readouterr().out)["findings"]] == [1, 2]
    assert outputs(path) == [0, 0]


def test_text_cells_are_told_of(tmp_path, capsys):
    """A name in a heading, and a picture attached to it, are the writer's."""
    cell = new_markdown_cell("# MEIER^ANNA", attachments={"a.png": {"image/png": PNG}})
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "a.ipynb")

    assert main(["clean", str(tmp_path / "a.ipynb")]) == 0
    assert capsys.readouterr().out.count("cell 1: left, look at it") == 2


def test_the_file_keeps_its_rights_and_a_link_stays_one(save, tmp_path):
    """The notebook behind a link is replaced, with the rights that it had."""
    path = save(("look()", [said("MEIER^ANNA")]))
    path.chmod(0o600)
    link = tmp_path / "link.ipynb"
    link.symlink_to(path)

    assert main(["clean", str(link)]) == 0
    assert link.is_symlink()
    assert (outputs(path), stat.S_IMODE(path.stat().st_mode)) == ([0], 0o600)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link.ipynb", "study.ipynb"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"nbformat": 3, "worksheets": []}',
        *(
            f'{{"nbformat": 4, "cells": {cells}}}'
            for cells in ('["x"]', '[{"outputs": ["x"]}]', '[{"outputs": [{"data": ["x"]}]}]')
        ),
        '{"nbformat": 4, "cells": [], "metadata": null}',
    ],
)
def test_what_is_no_notebook_is_refused(tmp_path, capsys, text):
    """In one line, and the file is left as it is."""
    path = tmp_path / "other.ipynb"
    path.write_text(text)

    assert main(["clean", str(path)]) == 1
    assert "is no notebook" in capsys.readouterr().err
    assert path.read_text() == text
    assert main(["clean", str(tmp_path / "none.ipynb")]) == 1


def test_halves_of_characters_are_kept_as_they_were_written(tmp_path):
    """JSON may hold what UTF-8 cannot: the notebook is cleaned all the same, and no file is left beside it."""
    path = tmp_path / "odd.ipynb"
    path.write_text(
        '{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": "\\ud800", "metadata": {},'
        ' "outputs": [{"output_type": "stream", "name": "stdout", "text": "MEIER^ANNA"}]}]}'
    )
    assert main(["clean", str(path)]) == 0
    assert json.loads(path.read_text())["cells"][0] == {"cell_type": "code", "source": "\ud800", "metadata": {}, "outputs": []}
    assert [one.name for one in tmp_path.iterdir()] == ["odd.ipynb"]


def test_name_of_a_notebook_steers_no_terminal(save, capsys):
    """It may come from a shared folder: control characters are shown as code points."""
    path = save(("x", [said("MEIER^ANNA")]))
    path = path.rename(path.with_name("a\x1b[2J.ipynb"))
    assert main(["clean", "--check", str(path)]) == 3
    assert "a\\u001b[2J.ipynb: cell 1" in capsys.readouterr().out
