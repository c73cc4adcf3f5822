"""Cases, journeys and pathways as files, and decisions as data: read, written, and told what is wrong.

Nothing in a file is ever run: a file names events, facts and criteria, and the caller says which
pathway they belong to.
"""

from hscpath.files.cases import Case, parse_case, read_case, write_case
from hscpath.files.decisions import write_decision
from hscpath.files.journeys import from_json, from_json_lines, from_toml, json_line, to_json, to_json_lines, to_toml
from hscpath.files.pathways import invariants_from_json, pathway_from_json, pathway_to_json, read_pathway
from hscpath.files.records import parse_record, read_record, write_record
from hscpath.files.schemas import case_schema, journey_schema

__all__ = [
    "Case", "case_schema", "from_json", "from_json_lines", "from_toml", "invariants_from_json", "journey_schema",
    "json_line", "parse_case", "parse_record", "pathway_from_json", "pathway_to_json", "read_case", "read_pathway",
    "read_record", "to_json", "to_json_lines", "to_toml", "write_case", "write_decision", "write_record",
]  # fmt: skip
