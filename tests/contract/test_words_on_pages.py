"""Pages show words, not the codes behind them (GW-3)."""

import re
from pathlib import Path

import gateway

PRINTED = re.compile(r"\{\{(.*?)\}\}", re.S)
CODES = ("detail", "action", "outcome", "resolution_note", "failure_code", "reason_code")
"""Fields of the contracts that hold a stable code; each has its words beside it."""


def test_no_page_prints_a_code_where_people_expect_words():
    templates = sorted(Path(gateway.__file__).parent.rglob("*.html"))
    assert templates
    raw = [
        f"{template.name}: {printed.strip()}"
        for template in templates
        for printed in PRINTED.findall(template.read_text())
        if re.fullmatch(rf"\s*\w+\.({'|'.join(CODES)})\s*(\|.*)?", printed)
    ]
    assert raw == []
