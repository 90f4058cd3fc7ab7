"""The table of faults, the one in the documentation and the one in the code."""

import re

from chassis.postgres.migrations import ROOT
from sandbox.faults.fault_table import MEANINGFUL, FaultTarget


def documented() -> set[tuple[str, str]]:
    """Every fault of the document, as in: - **`LATE`** of `NOTIFICATION`, `MESSAGE`: what it means."""
    text = (ROOT / "docs" / "sandbox.md").read_text()
    faults = re.findall(r"^- \*\*`([A-Z_]+)`\*\* of ((?:`\w+`,?\s+)*`\w+`):", text, re.MULTILINE)
    return {(kind, target) for kind, targets in faults for target in re.findall(r"`(\w+)`", targets)}


def test_every_documented_fault_exists_and_no_other():
    assert documented() == {(kind.value, target.value) for kind, targets in MEANINGFUL.items() for target in targets}


def test_every_target_is_documented():
    assert {target for _, target in documented()} == {target.value for target in FaultTarget}
