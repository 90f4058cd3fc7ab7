"""Dependencies put together by the types that their constructors name."""

from dataclasses import dataclass

import pytest

import services.payment.servicer
import services.review.servicer
from chassis.wiring import build, servicers_in


class Database:
    """What a repository is made from."""


class Repository:
    def __init__(self, db: Database, *, batch: int = 7) -> None:
        self.db, self.batch = db, batch


class Sender:
    def __init__(self, db: Database, address: str) -> None:
        self.db, self.address = db, address


class Anything:
    """Has whatever a servicer asks for."""

    def __getattr__(self, name: str) -> "Anything":
        return self


@dataclass(frozen=True)
class Dependencies:
    words: tuple[str, ...]
    repository: Repository
    sender: Sender


def test_a_field_that_is_not_named_is_made_from_what_its_constructor_asks_for() -> None:
    db, sender = Database(), Sender(Database(), "here")
    made = build(Dependencies, {Database: db}, words=("a",), sender=sender)
    assert (made.repository.db, made.repository.batch, made.words) == (db, 7, ("a",))
    assert made.sender is sender


def test_what_cannot_be_made_is_said_with_what_is_missing() -> None:
    with pytest.raises(TypeError, match="nothing to make a Sender from for address"):
        build(Dependencies, {Database: Database()}, words=())


@pytest.mark.parametrize(
    ("room", "names"),
    [
        (services.review.servicer, {"ReviewServicer", "PersonalDataServicer"}),
        (services.payment.servicer, {"PaymentServicer", "SettlementServicer", "PersonalDataServicer"}),
    ],
)
def test_every_servicer_of_a_room_is_found_once(room, names) -> None:
    found = [type(servicer).__name__ for servicer in servicers_in(room, Anything())]
    assert (set(found), len(found)) == (names, len(names))
