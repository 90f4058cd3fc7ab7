"""What each process of a laptop's suite is told."""

import importlib
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from chassis.security.tokens import KEY_HOLDERS, ensure_keys
from cli.deployment.service_process import MODULES
from cli.suite.home import Home
from cli.suite.process_environment import SERVICES, ProcessEnvironment
from cli.suite.process_table import ports_from
from tests.support.environment_variables import PREFIX, required_of, settings_of

SHARED = {f"{PREFIX}REDIS_URL", f"{PREFIX}KEYS_DIR", f"{PREFIX}SANDBOX_URL", f"{PREFIX}GATEWAY_URL"}


@pytest.fixture
def surroundings(home: Home) -> ProcessEnvironment:
    ensure_keys(home.keys)
    return ProcessEnvironment(home, ports_from(20_000), "postgresql://owner:secret@127.0.0.1:5/zikao", None)


def told(surroundings: ProcessEnvironment, name: str) -> dict[str, str]:
    """Our variables of a process' environment."""
    everything = surroundings.of(surroundings.ports.of(name))
    return {variable: value for variable, value in everything.items() if variable.startswith(PREFIX)}


@pytest.mark.parametrize("name", MODULES)
def test_a_process_is_told_what_it_needs_and_only_what_it_knows(surroundings: ProcessEnvironment, name: str) -> None:
    variables = told(surroundings, name).keys()
    assert required_of(name) <= variables
    own = {variable for variable in variables - SHARED if "PEERS__" not in variable}
    assert own <= settings_of(name)


@pytest.mark.parametrize("name", MODULES)
def test_a_process_starts_with_what_it_is_told(
    surroundings: ProcessEnvironment, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in told(surroundings, name).items():
        monkeypatch.setenv(variable, value)
    config = importlib.import_module(MODULES[name]).Config()
    assert config.server.port == surroundings.ports.of(name).port


def test_every_service_connects_as_its_own_role_and_nothing_else_connects(surroundings: ProcessEnvironment) -> None:
    urls = {name: told(surroundings, name).get("ZIKAO_DATABASE__URL") for name in MODULES}
    roles = {name: make_url(url).username for name, url in urls.items() if url}
    assert roles == {name: f"zikao_{name}" for name in SERVICES}
    assert "secret" not in str(urls)


def test_no_two_services_encrypt_with_the_same_key(surroundings: ProcessEnvironment) -> None:
    names = ("ZIKAO_FIELD_KEY", "ZIKAO_INDEX_KEY")
    keys = [told(surroundings, name)[one] for name in SERVICES for one in names if one in told(surroundings, name)]
    assert len(set(keys)) == len(keys) >= 3


def test_no_two_services_have_one_password_and_none_has_the_owners(
    surroundings: ProcessEnvironment, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:  # OP-8
    monkeypatch.setenv("DATABASE_URL", "postgresql://owner:secret@127.0.0.1:5/zikao")
    passwords = {make_url(told(surroundings, name)["ZIKAO_DATABASE__URL"]).password for name in SERVICES}
    assert len(passwords - {home.secret("database"), "secret"}) == len(SERVICES)
    assert "DATABASE_URL" not in surroundings.of(surroundings.ports.of("payment"))


@pytest.mark.parametrize("name", [*SERVICES, "gateway"])
def test_a_process_finds_everybodys_public_keys_and_its_own_private_one(
    surroundings: ProcessEnvironment, name: str
) -> None:  # OP-8, F-31
    found = {path.name for path in Path(told(surroundings, name)["ZIKAO_KEYS_DIR"]).iterdir()}
    assert found == {f"{one}.pub.pem" for one in KEY_HOLDERS} | (
        {f"{name}.pem"} & {f"{one}.pem" for one in KEY_HOLDERS}
    )


def test_leftovers_of_the_caller_are_not_passed_on_but_telemetry_is(
    surroundings: ProcessEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZIKAO_SERVER__GRACE_SECONDS", "0")
    monkeypatch.setenv("ZIKAO_TELEMETRY__LOG_LEVEL", "debug")
    monkeypatch.setenv("ZIKAO_SECOND_FACTOR_REQUIRED_FOR", '["OPERATOR"]')
    monkeypatch.setenv("ZIKAO_LOGIN_TOKENS__ACCESS_FOR", "PT3S")
    monkeypatch.setenv("LANG", "C")
    everything = surroundings.of(surroundings.ports.of("payment"))
    assert "ZIKAO_SERVER__GRACE_SECONDS" not in everything
    assert (everything["ZIKAO_TELEMETRY__LOG_LEVEL"], everything["LANG"]) == ("debug", "C")
    assert everything["ZIKAO_LOGIN_TOKENS__ACCESS_FOR"] == "PT3S"  # GW-8
    assert everything["ZIKAO_SECOND_FACTOR_REQUIRED_FOR"] == '["OPERATOR"]'  # ID-18


def test_replicas_are_one_target_and_the_gateways_listen_on_one_port(home: Home) -> None:  # GW-7
    ensure_keys(home.keys)
    replicated = ProcessEnvironment(home, ports_from(20_000, 2), "postgresql://owner:secret@127.0.0.1:5/zikao", None)
    identity = [f"127.0.0.1:{one.port}" for one in replicated.ports.replicas_of("identity")]
    assert len(set(identity)) == 2
    assert told(replicated, "enrollment")["ZIKAO_PEERS__IDENTITY"] == f"ipv4:{','.join(identity)}"
    assert told(replicated, "gateway")["ZIKAO_SERVER__REUSE_PORT"] == "true"
    assert "ZIKAO_SERVER__REUSE_PORT" not in told(replicated, "identity")


def test_redis_is_named_only_where_there_is_one(surroundings: ProcessEnvironment, home: Home) -> None:
    shared = ProcessEnvironment(home, surroundings.ports, surroundings.database_url, "redis://127.0.0.1:6/0")
    assert "ZIKAO_REDIS_URL" not in told(surroundings, "identity")
    assert told(shared, "identity")["ZIKAO_REDIS_URL"] == "redis://127.0.0.1:6/0"
