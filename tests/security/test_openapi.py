"""The OpenAPI document against the running gateway: whatever a visitor, a candidate, a reviewer or an operator invents
within it is answered as the document says and never with an internal error (GW-1, GW-3).

What the document allows and the contracts refuse all the same is a rule that no schema can state: all of them are here.
"""

import asyncio
import random
import re
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
import schemathesis
from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from cli.demo.invented_people import invent
from cli.journey.clients.http_client import Caller
from cli.journey.clients.latency_meter import Meter
from cli.journey.steps import candidate_steps
from cli.staff.api_client import Api
from gateway.api.openapi import openapi_document
from gateway.contracts.rpcs import Contracts
from tests.e2e.suite_process import SuiteProcess, temporary_suite
from tests.support.wait_until import PATIENCE_SECONDS

EXAMPLES: Final = 3
"""For each operation, each sent by all four: some 1,800 requests, which take 40 s on a machine with nothing to do."""

KINDS: Final = ("visitor", "candidate", "reviewer", "operator")

BEYOND_SCHEMAS: Final[dict[str, str]] = {
    "NOT_LATER": "an end lies behind its beginning: two fields are compared",
    "MAJOR_NEEDS_SCHOOL": "one parameter asks for another one; OpenAPI has no word for it in a query",
    "REQUIRED": "one of several fields, or a text that is not all spaces",
    "NO_SUCH_DAY": "a day of the calendar: a pattern does not know months and leap years",
    "PAGE_TOKEN_INVALID": "a page token is one that a list has given",
    "CODE_FORM": "six digits in any spelling: full width, with blanks and marks that nobody sees",
    "PHONE_FORM": "a phone number in any spelling",
    "PHONE_PREFIX": "of the phones that are served, which a setting names",
    "NAME_FORM": "a name in any spelling, with a letter in it",
    "NAME_CHARACTERS": "a name in any spelling, without what no name has",
    **dict.fromkeys(
        ("DOCUMENT_NUMBER_FORM", "DOCUMENT_NUMBER_REGION", "DOCUMENT_NUMBER_BIRTH_DATE", "DOCUMENT_NUMBER_CHECK"),
        "a number by the form of its type, which another field names, and with its check character",
    ),
    "PASSWORD_RULE": "a password compared with what is known of its owner",
    "PASSWORD_COMMON": "a password that many have",
    "NOTIFICATION_SIZE": "of a raw body, in bytes: a schema counts the characters of JSON",
    "INVALID_CHARACTER": "a NUL, in any text: a text has one pattern, and many have theirs",
    "INVALID_VALUE Timestamp": "an instant of the years 1 to 9999; `format` binds nobody",
    "INVALID_VALUE FieldMask": "the names of fields of another message",
}
"""What the document allows and is refused all the same: the reason, with what no schema can say of it."""

STATED: Final = {
    "string": {"min_len", "max_len", "pattern", "uuid"},
    "bytes": {"min_len", "max_len"},
    "repeated": {"min_items", "max_items", "unique"},
    "enum": {"in", "not_in", "defined_only"},
    "int32": {"gt", "gte", "lt", "lte"},
}
"""The rules of contracts that `gateway.api.json_schemas` writes as schemas."""

KIND: Final = re.compile(r"应为 (\w+)")
"""What a value was to be, in the words of its refusal."""

load_all_checks()
CONFORMS = CHECKS.get_by_names(["content_type_conformance", "response_schema_conformance", "status_code_conformance"])
OPERATIONS = [
    found.ok() for found in schemathesis.openapi.from_dict(openapi_document(Contracts.load())).get_all_operations()
]


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SuiteProcess]:
    """A suite of its own: an operator who invents things leaves none as it was."""
    with temporary_suite(tmp_path_factory.mktemp("invented") / "home") as one:
        yield one


class People:
    """Somebody of each kind, logged in; anew where what they invented has ended their login session."""

    def __init__(self, suite: SuiteProcess) -> None:
        self._suite = suite
        self._tokens: dict[str, str] = {}

    def headers(self, kind: str) -> dict[str, str]:
        """What a request of theirs carries."""
        if kind == "visitor":
            return {}
        if kind not in self._tokens:
            self._tokens[kind] = asyncio.run(self._log_in(kind))
        return {"authorization": f"Bearer {self._tokens[kind]}"}

    def forget(self, kind: str) -> None:
        """Their login session has ended."""
        self._tokens.pop(kind, None)

    async def _log_in(self, kind: str) -> str:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as http:
            if kind == "candidate":
                caller = Caller(http, Meter(), self._suite.gateway_url)
                made = await candidate_steps.create_account(caller, invent(random.SystemRandom()))
                return str(made.caller.token)
            account = self._suite.home.known_accounts()[kind]
            return (await Api.log_in(http, self._suite.gateway_url, account["loginName"], account["password"])).token


@pytest.fixture(scope="module")
def people(suite: SuiteProcess) -> People:
    return People(suite)


@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.label for operation in OPERATIONS])
def test_every_operation_answers_everybody_as_documented(  # GW-1
    suite: SuiteProcess, people: People, operation: schemathesis.schemas.APIOperation
) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: schemathesis.Case) -> None:
        for kind in KINDS:
            answer = case.call(base_url=suite.gateway_url, headers=people.headers(kind), timeout=PATIENCE_SECONDS)
            assert answer.status_code != 500, answer.text
            case.validate_response(answer, checks=CONFORMS)
            assert broken_rules(answer) <= BEYOND_SCHEMAS.keys(), (case.as_curl_command(), answer.text)
            if answer.status_code == 401:
                people.forget(kind)

    ask()


def broken_rules(answer: schemathesis.Response) -> set[str]:
    """The rules of the contract that a request broke which the document allows."""
    if answer.status_code != 400 or answer.json()["reason"] != "INVALID_REQUEST":
        return set()
    return {" ".join([one["reason"], *KIND.findall(one["detail"])]) for one in answer.json()["errors"]}


def rules_of(message: Descriptor, seen: set[str]) -> Iterator[tuple[str, str]]:
    """The rules of a request and of what is in it: where they stand, and what they are."""
    if message.full_name in seen:
        return
    seen.add(message.full_name)
    options: Any = message.GetOptions()
    yield from ((message.full_name, one.id) for one in options.Extensions[validate_pb2.message].cel)
    for field in message.fields:
        rules = field.GetOptions().Extensions[validate_pb2.field]
        yield from ((field.full_name, rule) for rule in rules_in(rules))
        if field.message_type is not None:
            yield from rules_of(field.message_type, seen)


def rules_in(rules: Any) -> Iterator[str]:
    """The rules of a field that no schema states, by their names in the contracts."""
    yield from (one.id for one in rules.cel)
    for kind, value in rules.ListFields():
        if kind.name == "repeated":
            yield from rules_in(value.items)
        if kind.message_type is not None and not kind.is_repeated:
            told = {one.name for one, _ in value.ListFields()} - {"items"}
            stated = STATED.get(kind.name, set()) | ({"gte"} if kind.name == "int64" and value.gte == 0 else set())
            yield from (f"{kind.name}.{name}" for name in told - stated)


def test_every_rule_of_a_request_is_in_its_schema_or_in_the_list() -> None:  # GW-1
    seen: set[str] = set()
    found = [one for rpc in Contracts.load().rpcs for one in rules_of(rpc.descriptor.input_type, seen)]
    assert {rule for _, rule in found} >= {"notification_size", "major_needs_school"}
    assert [(where, rule) for where, rule in found if reason(rule) not in BEYOND_SCHEMAS] == []


def reason(rule: str) -> str:
    """The reason by which a rule of our own is refused."""
    return rule.upper().replace(".", "_").replace("-", "_")


@pytest.mark.parametrize("kind", ["reviewer", "operator"])
def test_staff_are_no_candidates_of_their_own(suite: SuiteProcess, people: People, kind: str) -> None:  # GW-3
    """`me` is a candidate's; wherever staff may name one, theirs is refused and looked for nowhere."""
    document = openapi_document(Contracts.load())
    asked = 0
    for path, operations in document["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", ()):
            if "(me|" in parameter["schema"].get("pattern", ""):
                inside = parameter["in"] == "path"
                where = path.replace(f"{{{parameter['name']}}}", "me") if inside else path
                query = {} if inside else {parameter["name"]: "me"}
                answer = httpx.get(
                    suite.gateway_url + where, params=query, headers=people.headers(kind), timeout=PATIENCE_SECONDS
                )
                assert answer.status_code in (403, 404), (where, query, answer.text)
                asked += 1
    assert asked >= 5
