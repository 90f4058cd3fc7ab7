"""Caps of new students per hosted major: first come, first served, and never exceeded (EN-4)."""

import pytest

from chassis.ids import new_id
from services.enrollment.domain.imports.enrolled_import import EnrolledRow
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.domain.registrations import IdentityState, Origin, Standing
from services.enrollment.errors import MajorFull
from services.enrollment.usecases import registrations
from services.enrollment.usecases.administration import catalogue_changes, enrolled_import
from tests.integration.enrollment.stand_ins import refusals
from tests.support.refusals import race

FUDAN, ADMINISTRATION = "10246", "120402"
NURSING = "101101"
CAP = 4


@pytest.fixture
async def capped(deps, files, db) -> None:
    """A major that takes four new students and has none."""
    await db.driver.execute("DELETE FROM registrations")
    rows = [
        CatalogueFile(file.name, file.content.replace(b"120402,600,", b"120402,%d," % CAP))
        for file in files
        if file.name == "hosts.csv"
    ]
    assert not (await catalogue_changes.import_catalogue(deps, rows, dry_run=False))[0].problems


async def register(deps, candidate_id: str = "", major_code: str = ADMINISTRATION):
    return await registrations.register_for_major(deps, candidate_id or new_id(), FUDAN, major_code, "1")


async def new_students(db) -> int:
    return await db.driver.fetchval(
        "SELECT count(*) FROM registrations WHERE school_code = $1 AND major_code = $2 AND origin = 'NEW'",
        FUDAN,
        ADMINISTRATION,
    )


async def test_the_cap_is_never_exceeded_however_many_come_at_once(capped, make_deps, db) -> None:  # EN-4, F-11
    outcomes = await race(*(register(make_deps()) for _ in range(3 * CAP)))
    assert refusals(outcomes) == [MajorFull] * (2 * CAP)
    assert await new_students(db) == CAP


async def test_first_come_first_served(capped, deps) -> None:  # EN-4
    first = new_id()
    registration = await register(deps, first)
    for _ in range(CAP - 1):
        await register(deps)
    with pytest.raises(MajorFull) as refusal:
        await register(deps)
    assert refusal.value.metadata == {"school_code": FUDAN, "major_code": ADMINISTRATION, "cap": str(CAP)}
    assert await register(deps, first) == registration  # who has a place is answered again


async def test_an_account_that_has_ended_takes_no_place(capped, deps, hear) -> None:  # EN-4, ID-15
    strangers = [new_id() for _ in range(CAP)]
    for one in strangers:
        await register(deps, one)
    await hear(Standing(strangers[0], 2, True, True, IdentityState.ENDED))
    assert await register(deps)


async def test_enrolled_candidates_take_no_place(capped, deps, hear) -> None:  # EN-4, ID-13
    for _ in range(CAP):
        await register(deps)
    row = EnrolledRow(new_id(), FUDAN, ADMINISTRATION, f"9{new_id()[-11:].upper()}", ())
    assert (await enrolled_import.import_registrations(deps, [row], dry_run=False)).applied
    elsewhere = new_id()
    await hear(Standing(elsewhere, 1, True, True, IdentityState.VERIFIED))
    await registrations.register_for_major(deps, elsewhere, "10269", "050101", "1")
    assert (await register(deps, elsewhere)).origin is Origin.ENROLLED


async def test_a_change_of_major_needs_a_place_too(capped, deps, make_deps, db) -> None:  # EN-4, ID-12
    others = [await register(deps, major_code=NURSING) for _ in range(3)]
    for _ in range(CAP - 1):
        await register(deps)
    outcomes = await race(
        *(
            registrations.change_major(make_deps(), each.registration_id, ADMINISTRATION, "调剂", "", "operator")
            for each in others
        )
    )
    assert refusals(outcomes) == [MajorFull, MajorFull]
    assert await new_students(db) == CAP
