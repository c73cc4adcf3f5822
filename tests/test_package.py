"""The package as a whole: its door, its imports, its promises."""

import ast
import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

import hscpath
from tests.typed_use import use

PACKAGE = Path(hscpath.__file__).parent


def test_the_public_names_are_there_and_sorted():
    """Everything in ``__all__`` exists, once and in order, and nothing else is public."""
    constants = [name for name in hscpath.__all__ if name.isupper()]
    others = [name for name in hscpath.__all__ if name not in constants]
    classes = [name for name in others if name[0].isupper()]
    assert hscpath.__all__ == [*sorted(constants), *sorted(classes), *sorted(set(others) - set(classes))]
    assert len(set(hscpath.__all__)) == len(hscpath.__all__)
    assert all(hasattr(hscpath, name) for name in hscpath.__all__)
    public = {name for name, value in vars(hscpath).items() if not name.startswith("_")}
    modules = {name for name in public if type(getattr(hscpath, name)).__name__ == "module"}
    assert public - modules == set(hscpath.__all__)


def loaded(code):
    """Return the names of the modules that a program loads."""
    program = f"import sys; {code}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(ran.stdout.split())


def test_the_model_loads_only_attrs_and_transitions():
    """Reading files, the terminal and the test kit cost nothing until they are used."""
    modules = loaded("from hscpath import Journey; import hscpath.lupus; hscpath.lupus.PATHWAY")
    assert {"attrs", "transitions"} <= modules
    assert not modules & {"cattrs", "tomli_w", "tomllib", "typer", "rich", "hypothesis", "pytest", "difflib", "json"}


def test_the_core_needs_four_packages():
    """A developer who imports the model gets attrs, transitions, cattrs and a TOML writer."""
    core = {line.split(">=")[0] for line in requires("hscpath") if "extra ==" not in line}
    assert core == {"attrs", "transitions", "cattrs", "tomli-w"}


def code_of(path):
    """Return a module's code without its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body[0] = ast.Pass()
    return ast.unparse(tree).lower()


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent.name != "lupus")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_outside_lupus_knows_of_lupus(path):
    """Someone who models another disease touches no other file; only the command line has a default."""
    code = code_of(path)
    if path.stem == "cli":
        code = re.sub(r"from hscpath\.lupus import .*", "", code).replace("stem-cell transplantation", "")
    for word in ("lupus", "nephritis", "upcr", "sledai", "reinfus", "mobilis", "hsct", "transplant"):
        assert word not in code


def test_typed_use_runs():
    """What the type checkers are shown works when it is run."""
    use()
