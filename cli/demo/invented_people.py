"""Invented people for the journey: document numbers with true check characters, names, phones. None of them exists on
purpose.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from stdnum.iso7064 import mod_11_2

SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高罗"
GIVEN_NAMES = "文静思远嘉宁明哲雨桐子轩欣怡浩然晓岚博雅清和"
PROVINCES = (11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 61)
HMT_REGIONS = ("810000", "820000", "830000")
COUNTRIES = ("USA", "GBR", "FRA", "DEU", "JPN", "KOR")
OLDEST = date(1965, 1, 1)
BIRTH_DAYS = 14_600
OLDEST_MINOR = date(2012, 1, 1)
MINORS_BIRTH_DAYS = 1_000

RESIDENT_CARD = "RESIDENT_CARD"
MINOR_RESIDENT_CARD = "MINOR_RESIDENT_CARD"
FACE_MATCHED = (RESIDENT_CARD, MINOR_RESIDENT_CARD)
"""Documents whose holders the police register knows (ID-7); for all others a reviewer decides (ID-8)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented: a document, a name, ways to reach them, and the seed of their portrait."""

    document_type: str
    document_number: str
    born: date
    female: bool
    name: str
    phone: str
    email: str
    portrait_seed: int

    @property
    def initial_password(self) -> str:
        """What an imported candidate first logs in with (ID-3)."""
        return self.document_number[-6:].rjust(6, "0")

    @property
    def face_matched(self) -> bool:
        """Whether the police register knows holders of this document (ID-7)."""
        return self.document_type in FACE_MATCHED


def invent(chance: random.Random, document_type: str = RESIDENT_CARD, form: int = 0) -> Person:
    """A new person; the space is so large that two runs practically never invent the same one. `form` chooses among
    the forms of number that the type has.
    """
    oldest, days = (OLDEST_MINOR, MINORS_BIRTH_DAYS) if document_type == MINOR_RESIDENT_CARD else (OLDEST, BIRTH_DAYS)
    born, order = oldest + timedelta(days=chance.randrange(days)), chance.randint(1, 999)
    name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN_NAMES, 2))
    phone = f"13{chance.randrange(10**9):09d}"
    return Person(
        document_type=document_type,
        document_number=FORMS[document_type][form](chance, f"{born:%Y%m%d}{order:03d}"),
        born=born,
        female=order % 2 == 0,
        name=name,
        phone=phone,
        email=f"candidate{chance.randrange(10**9)}@example.com",
        portrait_seed=chance.randrange(2**31),
    )


def _checked(body: str) -> str:
    return body + str(mod_11_2.calc_check_digit(body))


def _card(chance: random.Random, birth_and_order: str) -> str:
    return _checked(
        f"{chance.choice(PROVINCES)}{chance.randint(1, 20):02d}{chance.randint(1, 30):02d}{birth_and_order}"
    )


def _residence_permit(chance: random.Random, birth_and_order: str) -> str:
    return _checked(f"{chance.choice(HMT_REGIONS)}{birth_and_order}")


def _home_return_permit(chance: random.Random, _birth_and_order: str) -> str:
    return f"{chance.choice('HM')}{chance.randrange(10**8):08d}"


def _renewed_home_return_permit(chance: random.Random, birth_and_order: str) -> str:
    return f"{_home_return_permit(chance, birth_and_order)}{chance.randint(1, 20):02d}"


def _home_return_permit_of_a_foreigner(chance: random.Random, _birth_and_order: str) -> str:
    return f"{chance.choice('HM')}A{chance.randrange(10**7):07d}"


def _taiwan_permit(chance: random.Random, _birth_and_order: str) -> str:
    return f"{chance.randrange(10**8):08d}"


def _permanent_card(chance: random.Random, birth_and_order: str) -> str:
    return _checked(f"9{chance.randint(11, 65)}{chance.randrange(1000):03d}{birth_and_order}")


def _old_permanent_card(chance: random.Random, birth_and_order: str) -> str:
    return f"{chance.choice(COUNTRIES)}{chance.randrange(10**6):06d}{birth_and_order[2:8]}"


FORMS: Mapping[str, tuple[Callable[[random.Random, str], str], ...]] = {
    RESIDENT_CARD: (_card,),
    MINOR_RESIDENT_CARD: (_card,),
    "HOME_RETURN_PERMIT": (_home_return_permit, _renewed_home_return_permit, _home_return_permit_of_a_foreigner),
    "TAIWAN_PERMIT": (_taiwan_permit,),
    "HMT_RESIDENCE_PERMIT": (_residence_permit,),
    "PERMANENT_RESIDENT_CARD": (_permanent_card, _old_permanent_card),
}
"""The document types, and the forms of number that each has (ID-2)."""
