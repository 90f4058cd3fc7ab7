"""The table of faults, the one in the documentation and the one in the code."""

import re

from chassis.postgres.migrations import ROOT
from sandbox.faults.fault_table import MEANINGFUL, FaultTarget


def documented() -> set[tuple[str, str]]:
    text = (ROOT / "docs" / "sandbox.md").read_text()
    header, _, *rows = re.search(r"\| kind \|.*?\n\n", text, re.DOTALL).group().strip().splitlines()
    columns = [cell.strip().split(", ") for cell in header.strip("|").split("|")][1:]
    pairs = set()
    for row in rows:
        kind, *cells = (cell.strip() for cell in row.strip().strip("|").split("|"))
        for targets, cell in zip(columns, cells, strict=True):
            excepted = re.findall(r"\(not (\w+)\)", cell)
            pairs |= {(kind.strip("`"), target) for target in targets if cell and target not in excepted}
    return pairs


def test_every_documented_fault_exists_and_no_other():
    assert documented() == {(kind.value, target.value) for kind, targets in MEANINGFUL.items() for target in targets}


def test_every_target_is_documented():
    assert {target for _, target in documented()} == {target.value for target in FaultTarget}
