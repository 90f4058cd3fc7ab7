"""`make errors`: docs/errors.md, every reason for which the suite refuses something, from the code.

A test fails when the document and the code differ.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from chassis.errors import Refusal
from gateway.errors import HttpRefusal
from gateway.http.problems import STATUS
from tools.refusal_inventory import OWNERS, Condition, beside_of, conditions_of, kinds, metadata_of, owner_of
from tools.text_wrapping import wrapped

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "errors.md"

HEAD = """\
# Every error, by its reason

Written by `make errors` from the code; a test keeps the two together.

Programs go by `reason`: it is stable, texts are not. Over HTTP an error is `application/problem+json` with `reason`,
`detail` in the reader's language, `metadata`, `errors`, `unmet`, `retry_after` and `trace_id`; over gRPC it is a
`google.rpc.Status` with the same in its details. After `UNAVAILABLE` and `DEADLINE_EXCEEDED` repeat with the same
`request_id`: what was done already is answered again, not done again.

*along* names the metadata and, in italics, what comes beside it: the *fields* that are wrong, the conditions that are
*unmet*, each with what to do next, and after how long trying again makes sense (*retry_after*).
"""

TITLES = {
    "gateway": "The gateway, before a service is asked",
    "chassis": "Every service",
    "identity": "Identity",
    "enrollment": "Enrollment",
    "payment": "Payment",
    "review": "Review",
}


def main() -> None:
    """Writes the document."""
    DOCUMENT.write_text(document())


def document() -> str:
    """The whole document as the code has it."""
    found = kinds()
    sections = (_section(owner, [kind for kind in found if owner_of(kind) == owner]) for owner in OWNERS)
    return "\n".join([HEAD, *sections])


def _section(owner: str, found: Iterable[type[Refusal]]) -> str:
    lines = [f"## {TITLES[owner]}"]
    for kind in found:
        lines += ["", *_entry(kind)]
    if conditions := conditions_of(owner):
        lines += ["", f"### {TITLES[owner]}: conditions", "", "As `unmet` names them, each with its next action.", ""]
        lines += [line for condition in conditions for line in _condition(condition)]
    return "\n".join(lines) + "\n"


def _entry(kind: type[Refusal]) -> Iterator[str]:
    status = kind.status if issubclass(kind, HttpRefusal) else STATUS[kind.code]
    yield from (f"### {kind.reason}", "")
    yield from wrapped(f"{status}, `{kind.code.name}`. {' '.join((kind.__doc__ or '').split())}")
    yield ""
    yield from wrapped(kind.zh, "- ", "  ")
    yield from wrapped(kind.en, "- ", "  ")
    if along := ", ".join(_along(kind)):
        yield from wrapped(f"along: {along}", "- ", "  ")


def _along(kind: type[Refusal]) -> Iterator[str]:
    yield from (f"`{name}`" for name in metadata_of(kind))
    yield from (f"*{name}*" for name in beside_of(kind))


def _condition(condition: Condition) -> Iterator[str]:
    yield f"- `{condition.reason}` → `{condition.action}`"
    yield from wrapped(f"{condition.zh} {condition.en}", "  ", "  ")


if __name__ == "__main__":
    main()
