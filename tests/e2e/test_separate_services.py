"""Each process has a database role, keys and secrets of its own, and believes only what it must (OP-8, GW-2, F-31)."""

import uuid
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import httpx
import pytest
from sqlalchemy.engine import make_url

from cli.suite.process_environment import SERVICES
from tests.e2e.suite_process import SuiteProcess

PROCESSES = (*SERVICES, "gateway")
SECRETS = ("ZIKAO_FIELD_KEY", "ZIKAO_INDEX_KEY", "ZIKAO_FORM_KEY", "ZIKAO_BOOTSTRAP_OPERATOR_PASSWORD")
WRONG_TRIES = 8
"""Wrong passwords of one account from one source, in ten minutes, as usually set."""


def environment_of(suite: SuiteProcess, name: str) -> Mapping[str, str]:
    content = Path(f"/proc/{suite.pid_of(name)}/environ").read_text()
    return dict(entry.split("=", 1) for entry in content.split("\0") if "=" in entry)


def secrets_of(environment: Mapping[str, str]) -> set[str]:
    """Keys and passwords that a process is told."""
    told = {environment[name] for name in SECRETS if name in environment}
    url = environment.get("ZIKAO_DATABASE__URL")
    return told | {make_url(url).password or ""} if url else told


def test_no_process_is_told_what_another_keeps_secret(suite: SuiteProcess) -> None:  # OP-8
    environments = {name: environment_of(suite, name) for name in PROCESSES}
    for name, environment in environments.items():
        assert secrets_of(environment), name
        of_others = set().union(*(secrets_of(other) for it, other in environments.items() if it != name))
        assert not of_others & secrets_of(environment)
        everything = "\n".join(environment.values())
        assert not [secret for secret in of_others if secret in everything]
        assert suite.home.secret("database") not in everything, "the owner's password"


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_has_no_private_key_but_its_own(suite: SuiteProcess, name: str) -> None:  # OP-8, F-31
    folder = Path(environment_of(suite, name)["ZIKAO_KEYS_DIR"])
    private = {path.name for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".pub.pem")}
    assert private == ({f"{name}.pem"} if name in SERVICES else set())
    assert {path.name for path in folder.glob("*.pub.pem")} == {f"{one}.pub.pem" for one in SERVICES}


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_reads_no_other_services_tables(suite: SuiteProcess, name: str) -> None:  # OP-8
    connection = await asyncpg.connect(environment_of(suite, name)["ZIKAO_DATABASE__URL"])
    try:
        for other in SERVICES:
            count = connection.fetchval(f"SELECT count(*) FROM {other}.outbox")
            if other == name:
                assert await count >= 0
            else:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await count
    finally:
        await connection.close()


async def test_an_address_that_a_stranger_names_changes_nothing(suite: SuiteProcess) -> None:  # GW-2
    """The usual limits per source; 127.0.0.1 is the proxy that the gateway trusts, 127.0.0.2 is not."""
    assert await statuses_of_wrong_logins(suite, "127.0.0.2") == [401] * WRONG_TRIES + [429]
    assert await statuses_of_wrong_logins(suite, "127.0.0.1") == [401] * (WRONG_TRIES + 1)


async def statuses_of_wrong_logins(suite: SuiteProcess, local_address: str) -> list[int]:
    """What wrong logins to one account are answered, each saying that it comes from somewhere else."""
    name, statuses = f"nobody-{uuid.uuid4().hex[:8]}", []
    transport = httpx.AsyncHTTPTransport(local_address=local_address)
    async with httpx.AsyncClient(base_url=suite.gateway_url, transport=transport, timeout=60) as http:
        for number in range(WRONG_TRIES + 1):
            headers = {"x-forwarded-for": f"198.51.100.{number + 1}"}
            body = {"loginName": name, "password": "Wrong-1"}
            statuses.append((await http.post("/v1/login-sessions", json=body, headers=headers)).status_code)
    return statuses
