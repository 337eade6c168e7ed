"""The public surface: one list, said three times and the same each time, and loaded only when used."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import dicommove

SOURCE = Path(dicommove.__file__)
PUBLIC = sorted(set(dicommove.__all__) - {"__version__"})


def _fresh(program: str) -> object:
    """Run a program in an interpreter of its own and return what it prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _mirror() -> dict[str, str]:
    """Names that ``if TYPE_CHECKING`` imports for type checkers and editors, and from where."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    guarded = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imports = [node for block in guarded for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name: "." * node.level + (node.module or "") for node in imports for alias in node.names}


def test_all_three_lists_agree():
    """`__all__`, the lazy table and its mirror hold the same names, from the same modules."""
    assert dict(dicommove._LAZY) == _mirror()
    assert sorted(dicommove._LAZY) == PUBLIC
    assert len(dicommove.__all__) == len(set(dicommove.__all__))


def test_tab_completion_shows_the_public_names():
    """`dir()` is the list and nothing else."""
    assert sorted(dir(dicommove)) == sorted(dicommove.__all__)


def test_no_name_is_hidden_by_a_submodule():
    """Importing a submodule would replace a name that is equal to it."""
    submodules = {path.stem for path in SOURCE.parent.glob("*.py")} | {
        path.name for path in SOURCE.parent.iterdir() if path.is_dir()
    }
    assert not submodules & set(PUBLIC)


@pytest.mark.parametrize("names", [PUBLIC, PUBLIC[::-1]], ids=["forward", "backward"])
def test_each_name_is_the_same_twice(names):
    """In either order, and after every submodule that they bring along is loaded, a name gives one and the same object."""
    program = f"""
import json, types, dicommove
names = {names!r}
first = {{name: getattr(dicommove, name) for name in names}}
changed = [name for name in names if getattr(dicommove, name) is not first[name]]
print(json.dumps(changed + [name for name in names if isinstance(first[name], types.ModuleType)]))
"""
    assert _fresh(program) == []


def test_import_loads_no_third_party_module():
    """`import dicommove` is the standard library alone: a kernel starts as fast as without it."""
    program = """
import sys
before = set(sys.modules)
import dicommove, json
loaded = {name.partition('.')[0] for name in set(sys.modules) - before}
print(json.dumps(sorted(loaded - set(sys.stdlib_module_names) - {'dicommove'})))
"""
    assert _fresh(program) == []


def test_an_unknown_name_is_an_attribute_error():
    """As with any module."""
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        dicommove.nonsense  # noqa: B018 - looking is the test


@pytest.mark.parametrize("name", PUBLIC)
def test_each_name_is_documented(name):
    """Every public name has a docstring of its own."""
    value = getattr(dicommove, name)
    documented = value.__doc__ or ""
    assert documented.strip()
    assert not isinstance(value, type) or documented != (value.__mro__[1].__doc__ or "")
