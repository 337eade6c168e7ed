"""The walls of the house: which room may import which, held by reading the source."""

from __future__ import annotations

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "dicommove"
MODULES = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): path for path in ROOT.rglob("*.py")
}
WORDS = {"terms", "errors", "version"}
GROUND = WORDS | {"platform"}
ENTITIES = {"addressing", "allowance", "audit", "credentials", "durations", "entities", "exhaustion", "lockfiles", "named"}
ENTITIES |= {"surroundings"}
FIRST = GROUND | ENTITIES | {"head", "markup"}
ROOMS = {"query", "net", "receive", "store", "images", "demo_archive"}
RUN = FIRST | ROOMS | {"frames", "lab", "retrieve"}
ALLOWED = {
    **dict.fromkeys(GROUND, WORDS),
    "platform": WORDS | {"mounts"},
    "mounts": set(),
    **dict.fromkeys(ENTITIES, GROUND | ENTITIES),
    **dict.fromkeys(("head", "markup"), GROUND),
    **dict.fromkeys(ROOMS, FIRST),
    "frames": WORDS,
    "lab": {"errors"},
    "retrieve": RUN,
    "facade": RUN,
    **dict.fromkeys(("panels", "cli"), RUN | {"facade"}),
    "__main__": {"cli"},
    "": RUN | {"facade", "panels", "cli"},
}
# What may be imported when called: pandas and what comes with it in frames; in platform what other systems do not have.
WHEN_CALLED = {"frames": {"pandas", "numpy", "pydicom"}, "platform": set(sys.stdlib_module_names)}


def _room(module: str) -> str:
    return [*module.split("."), ""][1]


def _targets(module: str, node: ast.AST) -> set[str]:
    """Modules that one import statement names: of this package in full, of others by their top-level name."""
    if isinstance(node, ast.Import):
        return {alias.name if alias.name in MODULES else alias.name.split(".")[0] for alias in node.names}
    if not isinstance(node, ast.ImportFrom):
        return set()
    package = module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    base = ".".join([*above, *([node.module] if node.module else [])])
    found = {full if (full := f"{base}.{alias.name}") in MODULES else base for alias in node.names}
    return {name if name in MODULES else name.split(".")[0] for name in found}


def _imports(module: str, *, loaded: bool = False) -> set[str]:
    """Everything that a module imports; with `loaded` without what only type checkers see."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    unseen = {node for block in blocks for node in ast.walk(block)} if loaded else set()
    return set().union(*(_targets(module, node) for node in ast.walk(tree) if node not in unseen))


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module):
    """A module imports from its own room and from rooms below, under TYPE_CHECKING too."""
    above = {name for name in _imports(module) & set(MODULES) if _room(name) not in ALLOWED[_room(module)] | {_room(module)}}
    assert not above


def test_there_are_no_cycles():
    """No module is loaded by what it loads."""
    graph = {module: _imports(module, loaded=True) & set(MODULES) - {module} for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


@pytest.mark.parametrize("module", MODULES)
def test_imports_stand_at_the_top(module):
    """A function imports nothing, except where the reason stands in this file."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    late = set().union(*(_targets(module, node) for function in functions for node in ast.walk(function)))
    assert late <= WHEN_CALLED.get(_room(module), set())


@pytest.mark.parametrize("module", [name for name, path in MODULES.items() if path.name == "__init__.py"])
def test_a_room_says_what_belongs_in_it(module):
    """Its first line is one sentence."""
    first = (ast.get_docstring(ast.parse(MODULES[module].read_text(encoding="utf-8"))) or "").partition("\n")[0]
    assert first.endswith("."), f"{module}: {first!r}"


def test_seen_all():
    """The rules above are about modules that exist."""
    assert {"dicommove.terms", "dicommove.images.sheet"} <= set(MODULES)
    assert set(map(_room, MODULES)) <= set(ALLOWED)
