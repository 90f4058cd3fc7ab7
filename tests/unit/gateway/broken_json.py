"""JSON with one thing wrong in it, or at least different: a value replaced, a key renamed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]

TEXTS = [
    *(
        "",
        "1",
        "-1",
        "1.0",
        "1e2",
        "1.5",
        " 1",
        "NaN",
        "Infinity",
        "inf",
        "true",
        "RED",
        "red",
        "2",
        "NULL_VALUE",
        "中",
    ),
    *(
        "2026-10-24T08:00:00Z",
        "2026-10-24T08:00:00+08:00",
        "2026-10-24",
        "2026-13-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
    ),
    *(
        "1s",
        "-1.000000001s",
        "s",
        "99999999999999s",
        "a,b",
        "aB",
        "a_b",
        ",",
        "QQ==",
        "QQ",
        "Q",
        "-_8=",
        "+/8",
        "!",
        "\0",
    ),
]
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(TEXTS)
    | st.sampled_from([[], {}, [1], [None], {"a": 1}])
)


@dataclass(frozen=True, slots=True)
class Spoilt:
    """JSON text, and the value that was put into it."""

    text: bytes
    value: Any


@st.composite
def spoilt(draw: st.DrawFn, value: Any) -> Spoilt:
    """`value` with one part replaced, or one key renamed."""
    path = draw(st.sampled_from(list(_paths(value))))
    if path and isinstance(path[-1], str) and draw(st.booleans()):
        renamed = draw(st.sampled_from(["nope", path[-1].upper(), path[-1] + "_", ""]))
        return Spoilt(json.dumps(_replaced(value, path, None, renamed)).encode(), None)
    junk = draw(VALUES)
    return Spoilt(json.dumps(_replaced(value, path, junk, None)).encode(), junk)


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _paths(part, (*path, key))


def _replaced(value: Any, path: Path, junk: Any, renamed: str | None) -> Any:
    if not path:
        return junk
    key, rest = path[0], path[1:]
    if isinstance(value, dict) and renamed is not None and not rest:
        return {renamed if name == key else name: part for name, part in value.items()}
    changed = _replaced(value[key], rest, junk, renamed)
    if isinstance(value, dict):
        return {**value, key: changed}
    return [changed if index == key else part for index, part in enumerate(value)]
