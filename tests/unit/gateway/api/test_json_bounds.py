"""Bodies of very many values are refused without being read as JSON (GW-6, F-29)."""

import json

import pytest

from gateway.api.json_bounds import require_few_values
from gateway.errors import TooManyValues

MOST = 1_000


@pytest.mark.parametrize(
    "value",
    [
        {"answers": [{}] * 300},
        [0] * (MOST - 1),
        {"csv": "a,b,[c],{d}\n" * MOST},
        {"csv": 'say ""this"", ""that""\\' * MOST},
        ["\\"] * 300,
    ],
)
def test_what_strings_say_does_not_count(value: object) -> None:
    require_few_values(json.dumps(value).encode(), MOST)


@pytest.mark.parametrize(
    "text",
    [
        b'{"answers":[' + b"{}," * 348_000 + b'{"choice":5}]}',
        b"[" * 2_000,
        b'["' + b'","' * 2_000 + b'"]',
        b"[" + rb'"\\",' * 2_000 + b"0]",
        b'{"a":1,' * 2_000,
        b'"open ' + b'", "' * 3_000,
    ],
)
def test_more_values_than_a_route_takes_are_refused(text: bytes) -> None:
    with pytest.raises(TooManyValues):
        require_few_values(text, MOST)
