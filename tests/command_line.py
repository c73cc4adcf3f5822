"""The command line as tests give it commands: in this process, at a width, with answers."""

from pathlib import Path

from typer.testing import CliRunner

from hscpath import files
from hscpath.cli import app

CASES = Path(__file__).parent.parent / "examples" / "cases"
T01 = CASES / "T01_relapse_and_kidney_transplant.toml"
FIRST_COURSE = CASES / "made_up_first_course.toml"


def run(*args, width="80", answers=None):
    """Return the exit code and what was printed, at this width of the terminal, to who answers this."""
    result = CliRunner(env={"COLUMNS": width}).invoke(app, [*map(str, args)], input=answers)
    return result.exit_code, result.stdout, result.stderr


def saved(tmp_path, pathway):
    """Return a file that holds a pathway."""
    file = tmp_path / "pathway.json"
    file.write_text(files.pathway_to_json(pathway))
    return file
