"""docs/errors.md and the code say the same, and a reason means one thing (GW-3)."""

import re
from collections import defaultdict

import pytest

from chassis.errors import Refusal
from gateway.http.problems import STATUS
from tools.error_reference import DOCUMENT, document
from tools.refusal_inventory import OWNERS, ROOT, folder_of, kinds, metadata_of

SHARED = {"NOT_FOUND"}
"""Reasons that several kinds have on purpose: the same to programs, with a better text for people."""

KINDS = kinds()
DEFINED = re.compile(r"^class (\w+)\((?:Refusal|HttpRefusal)\):", re.MULTILINE)


def name_of(kind: type[Refusal]) -> str:
    return f"{kind.__module__}.{kind.__name__}"


def test_the_document_is_what_the_code_says() -> None:
    assert DOCUMENT.read_text() == document(), "run `make errors`"


def test_a_reason_means_one_thing() -> None:
    meanings = defaultdict(list)
    for kind in KINDS:
        meanings[kind.reason].append(name_of(kind))
    assert {reason: names for reason, names in meanings.items() if len(names) > 1 and reason not in SHARED} == {}


def test_every_refusal_of_a_service_stands_with_its_others() -> None:
    defined = {
        file.relative_to(ROOT).as_posix()
        for owner in OWNERS
        if owner != "chassis"
        for file in folder_of(owner).rglob("*.py")
        if DEFINED.search(file.read_text())
    }
    assert {name for name in defined if not name.endswith("/errors.py")} == set()


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_a_refusal_has_a_code_both_texts_and_a_meaning(kind: type[Refusal]) -> None:
    assert re.fullmatch(r"[A-Z][A-Z0-9_]+", kind.reason)
    assert kind.code in STATUS
    assert re.search(r"[一-鿿]", kind.zh)
    assert not re.search(r"[一-鿿]", kind.en)
    assert vars(kind)["__doc__"]


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_both_texts_can_be_written_with_what_comes_along(kind: type[Refusal]) -> None:
    refusal = kind(**dict.fromkeys(metadata_of(kind), "?"))
    assert refusal.message("zh")
    assert refusal.message("en")
