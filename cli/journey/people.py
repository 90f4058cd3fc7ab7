"""Invented people for the journey: document numbers with true check characters, names, phones. None of them exists on
purpose.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from stdnum.iso7064 import mod_11_2

SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高罗"
GIVEN_NAMES = "文静思远嘉宁明哲雨桐子轩欣怡浩然晓岚博雅清和"
PROVINCES = (11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 61)
OLDEST = date(1965, 1, 1)
BIRTH_DAYS = 14_600


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented: a resident card number, a name, ways to reach them, and the seed of their portrait."""

    document_number: str
    name: str
    phone: str
    email: str
    portrait_seed: int

    @property
    def initial_password(self) -> str:
        """What an imported candidate first logs in with (ID-3)."""
        return self.document_number[-6:].rjust(6, "0")


def invent(chance: random.Random) -> Person:
    """A new person; the space is so large that two runs practically never invent the same one."""
    region = f"{chance.choice(PROVINCES)}{chance.randint(1, 20):02d}{chance.randint(1, 30):02d}"
    born = OLDEST + timedelta(days=chance.randrange(BIRTH_DAYS))
    body = f"{region}{born:%Y%m%d}{chance.randint(1, 999):03d}"
    number = body + mod_11_2.calc_check_digit(body)
    name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN_NAMES, 2))
    phone = f"13{chance.randrange(10**9):09d}"
    return Person(number, name, phone, f"candidate{chance.randrange(10**9)}@example.com", chance.randrange(2**31))
