"""The package as a whole: its door, its imports, its promises."""

import ast
import pickle
import re
import runpy
import shutil
import subprocess
import sys
from collections import Counter
from importlib import import_module
from importlib.metadata import requires
from itertools import pairwise
from pathlib import Path
from types import FunctionType, ModuleType

import grimp
import pytest

import hscpath
from hscpath import Citation, Guideline, Pathway
from hscpath.rates import Rates
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
    assert public - modules - {"TYPE_CHECKING"} == set(hscpath.__all__)


def test_type_checkers_and_programs_find_every_name_in_the_same_module():
    """What type checkers read of the public names, and from where, is what a program gets."""
    (shown,) = (node for node in ast.parse(Path(hscpath.__file__).read_text()).body if isinstance(node, ast.If))
    read = {line.module.removeprefix("hscpath."): " ".join(name.name for name in line.names) for line in shown.body}
    assert read == hscpath._HOMES
    assert sorted(name for names in read.values() for name in names.split()) == sorted(hscpath.__all__)
    for module, names in read.items():
        home = import_module(f"hscpath.{module}")
        assert all(getattr(hscpath, name) is getattr(home, name) for name in names.split())


def test_the_package_alone_loads_nothing():
    """The door costs nothing to whoever walks past it; each name brings what it needs."""
    assert {name for name in loaded("import hscpath") if name.startswith(("hscpath", "attr"))} == {"hscpath"}
    assert "hscpath.engine" not in loaded("from hscpath import PathwayError")
    assert "hscpath.journey" in loaded("import hscpath; hscpath.Journey")
    assert "hscpath.journey" in loaded("from hscpath import *; Journey")


def test_the_package_says_what_is_in_it():
    """Every public name and the version are listed, and one that is misspelt is told from those that there are."""
    again = runpy.run_path(hscpath.__file__)
    assert again["__version__"] == hscpath.__version__
    assert {*hscpath.__all__, "__version__", "__doc__"} <= set(dir(hscpath))
    with pytest.raises(AttributeError, match="module 'hscpath' has no attribute 'Journy'"):
        _ = hscpath.Journy
    program = [sys.executable, "-c", "import hscpath; hscpath.Journy"]
    ran = subprocess.run(program, capture_output=True, text=True, check=False, timeout=300)
    assert "Did you mean: 'Journey'?" in ran.stderr
    assert pickle.loads(pickle.dumps(hscpath.Journey)) is hscpath.Journey


TOP = PACKAGE.parent
SHOWN = "\n".join(path.read_text(encoding="utf-8") for path in (TOP / "README.md", *TOP.glob("examples/*.py")))
DOORS = sorted(
    {".".join(("hscpath", *path.parent.relative_to(PACKAGE).parts)) for path in PACKAGE.glob("*/__init__.py")}
    - {"hscpath._pytest"}
    | set(re.findall(r"(?:from|import) (hscpath[\w.]*)", SHOWN))
)
"""The packages, and every module that README or an example imports from."""


@pytest.mark.parametrize("door", DOORS)
def test_a_door_and_its_module_agree(door):
    """What ``__all__`` names is there, and is said what it is; nothing comes in by it that was only needed inside."""
    module = import_module(door)
    names = module.__all__
    assert len(set(names)) == len(names)
    there = {name for name, thing in vars(module).items() if not isinstance(thing, ModuleType)}
    public = {name for name in there if not name.startswith("_")}
    if hasattr(module, "__path__"):
        assert public - {"TYPE_CHECKING"} <= set(names)
    for name in names:
        thing = getattr(module, name)
        told = thing.__doc__ if isinstance(thing, type | FunctionType) else getattr(thing, "label", None)
        assert told or name in TOLD or isinstance(thing, Citation | Guideline | Pathway | Rates), name


def told_in(path):
    """Yield the names of a module after whose definition a text says what they are."""
    tree = ast.parse(path.read_text(encoding="utf-8")).body
    for node, after in pairwise(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(after, ast.Expr):
            yield from (part.id for part in ast.walk(node) if isinstance(part, ast.Name))


TOLD = {name for path in PACKAGE.rglob("*.py") for name in told_in(path)}


def loaded(code):
    """Return the names of the modules that a program loads."""
    program = f"import sys; {code}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    return set(ran.stdout.split())


def test_the_model_loads_only_attrs_and_transitions():
    """Reading files, the terminal and the test kit cost nothing until they are used."""
    modules = loaded("from hscpath import Journey; import hscpath.lupus; hscpath.lupus.PATHWAY")
    assert {"attrs", "transitions"} <= modules
    assert not modules & {"cattrs", "tomli_w", "tomllib", "typer", "rich", "hypothesis", "pytest", "difflib", "json"}
    assert not modules & {"hscpath.files", "hscpath.invariants", "hscpath.rates", "hscpath.diseases"}


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
    if path == PACKAGE / "cli" / "commands.py":
        default = "default = 'hscpath.lupus'"
        assert default in code
        code = code.replace(default, "").replace("stem-cell transplantation", "")
    for word in ("lupus", "nephritis", "upcr", "sledai", "reinfus", "mobilis", "hsct", "transplant"):
        assert word not in code


def test_typed_use_runs():
    """What the type checkers are shown works when it is run."""
    use()


def test_no_modules_import_each_other_in_a_circle():
    """Whatever a module imports, at once or when it is first needed, never comes back to the module itself."""
    graph = grimp.build_graph("hscpath", cache_dir=None)
    below = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    while ends := {module for module, imported in below.items() if not imported}:
        below = {module: imported - ends for module, imported in below.items() if module not in ends}
    assert not below


def test_a_class_name_means_one_thing():
    """No two classes of the package have one name, with or without an underscore before it."""
    classes = [
        (node.name.lstrip("_"), path.relative_to(PACKAGE).as_posix())
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    counted = Counter(name for name, _ in classes)
    assert sorted(each for each in classes if counted[each[0]] > 1) == []


def test_no_test_file_lends_to_another():
    """What several test files need stands in a file of its own, so that each can be read and moved alone."""
    lent = re.compile(r"^ *(from|import) tests\.test_", re.MULTILINE)
    assert [path.name for path in Path(__file__).parent.glob("*.py") if lent.search(path.read_text("utf-8"))] == []


READINGS = {
    "_pytest/coverage.py": "what tests exercised",
    "cohort/columns.py": "columns of a registry",
    "criteria.py": "words and keys",
    "explanation.py": "why",
    "files/pathways.py": "JSON",
    "layout.py": "charts",
    "proof/logic.py": "the prover",
    "proof/memory.py": "what the prover remembers",
    "solve.py": "the solver",
}
"""Where a criterion is read, one kind at a time."""


@pytest.mark.slow
def test_the_type_checker_names_every_reading_that_a_new_kind_of_criterion_lacks(tmp_path):
    """Whoever adds a kind of criterion is led to each place that has to learn what it means."""
    shutil.copytree(TOP / "hscpath", tmp_path / "hscpath")
    shutil.copy(TOP / "pyproject.toml", tmp_path)
    syntax = tmp_path / "hscpath" / "criteria.py"
    kind = "class Novel(_Leaf):\n    fact: Fact\n\n\nLeaf: TypeAlias = Novel | Compare"
    before, mark, after = syntax.read_text(encoding="utf-8").partition("Leaf: TypeAlias = Compare")
    syntax.write_text(f"{before}{kind}{after}", encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-incremental", "hscpath"],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    found = {line.partition(":")[0].removeprefix("hscpath/") for line in checked.stdout.splitlines() if "Novel" in line}
    assert mark
    assert found == READINGS.keys()
