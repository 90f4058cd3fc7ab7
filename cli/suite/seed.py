"""What a demonstration starts with: the catalogue with a session whose window is open, reviewers, and enrolled
candidates. Over HTTP only.
"""

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx
from rich.console import Console

from chassis.clock import SHANGHAI, SystemClock
from cli.demo.enrolled_candidates import EnrolledCandidate, import_enrolled
from cli.demo.invented_people import invent
from cli.demo.session_dates import SESSION_FILES, move_along
from cli.staff.api_client import Api, ApiProblem, load_files
from cli.staff.staff_command import ANSWER_SECONDS
from cli.suite.home import Home
from cli.terminal.formatting import fact_table

CATALOGUE = Path(__file__).resolve().parents[2] / "deploy" / "catalog"
REVIEWING_SCHOOL = "10269"
AUTHORITY = "AUTHORITY"
DEMO_CANDIDATES = 3

Account = dict[str, str]


async def seed(http: httpx.AsyncClient, gateway_url: str, home: Home, operator_initial: str) -> Mapping[str, Account]:
    """Imports what is missing and returns the demo accounts by what they are for. `operator_initial` is what the first
    operator was given to log in with once.

    A later start finds them again; it adds a session only when no window is open any more.
    """
    accounts = home.known_accounts()
    if "operator" not in accounts:
        accounts["operator"] = await _operator(http, gateway_url, home, operator_initial)
        home.keep_accounts(accounts)
    operator = await Api.log_in(http, gateway_url, accounts["operator"]["loginName"], accounts["operator"]["password"])
    await _open_session(operator)
    if "reviewer" not in accounts:
        accounts["reviewer"] = await _reviewer(operator, "reviewer", REVIEWING_SCHOOL, home)
        accounts["authority"] = await _reviewer(operator, "authority", AUTHORITY, home)
        accounts |= await _enrolled_candidates(operator)
        home.keep_accounts(accounts)
    return accounts


async def seed_and_show(home: Home, gateway_url: str, operator_initial: str, console: Console) -> None:
    """`seed` for a suite that runs elsewhere; ends with its demo accounts. Raises HomeUnusable, ApiProblem."""
    home.prepare()
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as http:
        accounts = await seed(http, gateway_url, home, operator_initial)
    facts = [(one["is"], f"{one['loginName']}  password {one['password']}") for one in accounts.values()]
    console.print(fact_table(facts, title="demo accounts"))


def initial_password(home: Home, login_name: str) -> str:
    """What a member of staff first logs in with; made with the suite's data."""
    return home.secret(f"{login_name}-initial")[:12]


async def _operator(http: httpx.AsyncClient, gateway_url: str, home: Home, initial: str) -> Account:
    chosen = home.secret("operator-password")[:12]
    await _choose_password(http, gateway_url, "operator", initial, chosen)
    return {"loginName": "operator", "password": chosen, "is": "operator 考试院管理员"}


async def _reviewer(operator: Api, login_name: str, organisation: str, home: Home) -> Account:
    staff = {
        "loginName": login_name,
        "displayName": f"演示审核员 {organisation}",
        "kind": "REVIEWER",
        "organisation": organisation,
    }
    initial, chosen = initial_password(home, login_name), home.secret(f"{login_name}-password")[:12]
    await operator.send("POST", "/v1/staff", {"staff": staff, "initialPassword": initial})
    await _choose_password(operator.http, operator.base_url, login_name, initial, chosen)
    return {"loginName": login_name, "password": chosen, "is": f"reviewer 审核员 {organisation}"}


async def _choose_password(http: httpx.AsyncClient, base_url: str, login_name: str, initial: str, chosen: str) -> None:
    """First log-in; an earlier start that was cut off may have done it already."""
    try:
        fresh = await Api.log_in(http, base_url, login_name, initial)
    except ApiProblem:
        await Api.log_in(http, base_url, login_name, chosen)
        return
    await fresh.send("POST", "/v1/staff/me:changePassword", {"oldPassword": initial, "newPassword": chosen})


async def _open_session(operator: Api) -> None:
    sessions = (await operator.get("/v1/sessions")).get("sessions", [])
    if any(session["state"] == "OPEN" for session in sessions):
        return
    files = load_files(CATALOGUE)
    today = SystemClock().now().astimezone(SHANGHAI).date()
    taken = [session["sessionId"] for session in sessions]
    files |= move_along({name: files[name] for name in SESSION_FILES}, today, taken)
    answer = await operator.import_catalogue(files)
    if not answer["applied"]:
        raise ApiProblem("CATALOGUE_REFUSED", f"The demonstration catalogue was refused: {answer['problems'][:3]}")


async def _enrolled_candidates(operator: Api) -> dict[str, Account]:
    # Without phones, so that whoever tries the suite needs no code to look around (ID-15).
    people = [replace(invent(random.SystemRandom()), phone="") for _ in range(DEMO_CANDIDATES)]
    enrolled = [EnrolledCandidate.of(person) for person in people]
    await import_enrolled(operator, enrolled)
    return {
        f"candidate {number}": {
            "loginName": person.document_number,
            "password": person.initial_password,
            "is": "enrolled candidate 在籍考生, initial password",
        }
        for number, person in enumerate(people, start=1)
    }
