"""Imports enrolled candidates (在籍考生): the person into identity, the registration with its ticket number into
enrollment (OP-1, ID-3).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from cli.demo.invented_people import Person
from cli.demo.school_and_major import MAJOR_CODE, SCHOOL_CODE
from cli.staff.api_client import Api, ApiProblem

TICKET_DIGITS = 12


@dataclass(frozen=True, slots=True)
class EnrolledCandidate:
    """A person who already has a ticket number for a major at a school."""

    person: Person
    school_code: str
    major_code: str
    ticket_number: str
    passed_course_codes: tuple[str, ...] = ()

    @classmethod
    def of(cls, person: Person) -> Self:
        """Somebody enrolled for 汉语言文学 at 华东师范大学, with an invented ticket number of old form (it starts with
        9).
        """
        number = random.SystemRandom().randrange(10 ** (TICKET_DIGITS - 1))
        return cls(person, SCHOOL_CODE, MAJOR_CODE, f"9{number:0{TICKET_DIGITS - 1}d}")


async def import_enrolled(operator: Api, enrolled: Sequence[EnrolledCandidate]) -> None:
    """Imports people and registrations; safe to repeat. Raises ApiProblem naming the first bad row."""
    people = [_person_row(one) for one in enrolled]
    results = (await operator.send("POST", "/v1/candidates:import", {"rows": people}))["results"]
    for number, result in enumerate(results, start=1):
        if result["outcome"] == "REFUSED":
            raise ApiProblem(result["reason"], f"Row {number}: {result['messageEn']}")
    rows = [_registration_row(one, result["candidateId"]) for one, result in zip(enrolled, results, strict=True)]
    answer = await operator.send("POST", "/v1/registrations:import", {"rows": rows})
    if answer["problems"]:
        first = answer["problems"][0]
        raise ApiProblem("ROWS_REFUSED", f"Row {first['row']}, {first['column']}: {first['expectedEn']}")


def _person_row(one: EnrolledCandidate) -> dict[str, object]:
    return {
        "documentType": one.person.document_type,
        "documentNumber": one.person.document_number,
        "displayName": one.person.name,
        "schoolCode": one.school_code,
        "phone": one.person.phone,
    }


def _registration_row(one: EnrolledCandidate, candidate_id: str) -> dict[str, object]:
    return {
        "candidateId": candidate_id,
        "schoolCode": one.school_code,
        "majorCode": one.major_code,
        "ticketNumber": one.ticket_number,
        "passedCourseCodes": list(one.passed_course_codes),
    }
