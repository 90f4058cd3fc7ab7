"""Importing enrolled candidates from a file (ID-3, OP-1), as `zikao admin import-candidates` does."""

import random
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from bench.measurement.import_time_estimate import IMPORTS
from bench.measurement.interleaving import Go, Plan, WrongAnswer
from bench.measurement.medians_and_ratios import Outcome
from bench.suites.measured_suite import MeasuredSuite
from chassis.imports.enrolled_file import Line
from cli.demo.invented_people import invent
from cli.demo.school_and_major import MAJOR_CODE, SCHOOL_CODE
from cli.enrolled_import.file_import import client, import_lines
from cli.enrolled_import.http_importer import SuiteImporter

WARMING_UP: Final = 1_000


@dataclass(slots=True)
class Importing:
    """People with their registrations and ticket numbers, nobody twice."""

    title: str
    account: Mapping[str, str]
    suite: MeasuredSuite
    count: int = 0
    unit: str = IMPORTS
    chance: random.Random = field(default_factory=random.SystemRandom)

    def processes(self) -> Mapping[str, int]:
        """The suite's."""
        return self.suite.processes()

    async def prepare(self, plan: Plan) -> None:
        """Nothing but to remember how many."""
        self.count = plan.imports

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer when not everybody was imported."""
        count = self.count if number else min(self.count, WARMING_UP)
        people = list(_people(self.chance, count))
        async with client() as http:
            account = self.account["loginName"], self.account["password"]
            importer = SuiteImporter(http, self.suite.gateway_url, *account)

            async def go() -> Outcome:
                started = time.perf_counter()
                tally = await import_lines(iter(people), importer, lambda _tally: None)
                if (tally.created, tally.registered, tally.faults) != (count, count, ()):
                    raise WrongAnswer(f"{count} people were to be imported, {tally.created} were")
                return Outcome(count, time.perf_counter() - started)

            yield go


def _people(chance: random.Random, count: int) -> Iterator[Line]:
    for number in range(count):
        person = invent(chance)
        yield Line(
            number,
            {
                "document_type": person.document_type,
                "document_number": person.document_number,
                "display_name": person.name,
                "school_code": SCHOOL_CODE,
                "phone": person.phone,
                "major_code": MAJOR_CODE,
                "ticket_number": f"8{chance.randrange(10**15):015d}",
                "passed_course_codes": "00001 00002",
            },
        )
