"""Every table of every service says what it holds about candidates (ID-20): a new one shows here by itself."""

from importlib import import_module
from typing import Any, Final

import pytest

from chassis.personal_data.own_rows import SHARED, Erasure, OwnRows

RULES: Final = {
    "identity": "services.identity.repository.personal_data.own_tables",
    "enrollment": "services.enrollment.repository.personal_data.own_tables",
    "payment": "services.payment.repository.personal_data",
    "review": "services.review.repository.personal_data",
}


def rules(service: str) -> Any:
    return import_module(RULES[service])


def own_tables(service: str) -> list[OwnRows]:
    return list(rules(service).OWN_TABLES)


@pytest.mark.parametrize("service", RULES)
def test_every_table_holds_somebodys_rows_or_says_why_nobodys(service: str) -> None:  # ID-20
    tables = set(import_module(f"services.{service}.tables").metadata.tables)
    own = [own.table.name for own in own_tables(service)]
    assert sorted([*own, *rules(service).OTHER_TABLES, *SHARED]) == sorted(tables)


@pytest.mark.parametrize("service", RULES)
def test_what_names_a_candidate_is_somebodys(service: str) -> None:  # ID-20
    others = {**rules(service).OTHER_TABLES, **SHARED}
    metadata = import_module(f"services.{service}.tables").metadata
    naming = {name for name, table in metadata.tables.items() if "candidate_id" in table.c}
    assert naming & others.keys() <= {"kept_answers", "audit_entries"}


@pytest.mark.parametrize("service", RULES)
def test_a_secret_column_is_one_of_its_table(service: str) -> None:  # ID-20
    for own in own_tables(service):
        assert own.secret <= {column.name for column in own.table.columns}


@pytest.mark.parametrize("service", ["identity", "review"])
def test_what_is_sealed_goes_when_an_account_is_erased(service: str) -> None:  # ID-20
    sealed = [own for own in own_tables(service) if any(one.name.endswith("_cipher") for one in own.table.columns)]
    assert sealed
    assert all(own.erasure is not Erasure.KEPT for own in sealed)
