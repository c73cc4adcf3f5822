"""The programs that Mermaid and DOT are written for, where they are installed: what they understand of a text."""

import functools
import html
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

MODULES = os.environ.get("HSCPATH_NODE_MODULES")
"""A folder of node modules in which npm has put mermaid and jsdom."""


@functools.cache
def _mermaid():
    script = Path(__file__).with_name("parse_mermaid.mjs")
    command = ["node", str(script), MODULES]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")


def parse_mermaid(text):
    """Return the states, the labels and the arrows that Mermaid itself finds in a text."""
    if not MODULES or not shutil.which("node"):
        pytest.skip("needs node, and HSCPATH_NODE_MODULES to name where npm has installed mermaid and jsdom")
    parser = _mermaid()
    parser.stdin.write(json.dumps(text) + "\n")
    parser.stdin.flush()
    found = json.loads(parser.stdout.readline())
    assert "error" not in found, f"{found['error']}\n{text}"
    found["labels"] = {key: html.unescape(label).replace("<br/>", "<br>") for key, label in found["labels"].items()}
    found["arrows"] = [(source, target, html.unescape(label)) for source, target, label in found["arrows"]]
    return found


def parse_dot(text):
    """Return the nodes and the arrows that Graphviz itself finds in a text, laid out."""
    if not shutil.which("dot"):
        pytest.skip("needs Graphviz: apt-get install graphviz")
    ran = subprocess.run(
        ["dot", "-Tjson"], input=text, capture_output=True, check=False, text=True, encoding="utf-8", timeout=300
    )
    assert ran.returncode == 0, f"{ran.stderr}\n{text}"
    read = json.loads(ran.stdout, strict=False)
    objects = read.get("objects", [])
    return {
        "nodes": [thing for thing in objects if not thing["name"].startswith("cluster_")],
        "phases": [thing for thing in objects if thing["name"].startswith("cluster_")],
        "arrows": [
            {**arrow, "ends": (objects[arrow["tail"]]["name"], objects[arrow["head"]]["name"])}
            for arrow in read.get("edges", [])
        ],
    }
