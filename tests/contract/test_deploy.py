"""What is deployed tells every process what it needs, and nothing it does not know (OP-2)."""

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import typer
import yaml

from cli.deployment.service_process import MODULES
from cli.main import app
from tests.support.environment_variables import PREFIX, loopback_defaults_of, required_of, settings_of
from tests.support.peak_memory import STATED_PEAK_MIB
from tools.manifests import RENDERED, header

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
OBJECTS: list[dict[str, Any]] = list(yaml.safe_load_all(RENDERED.read_text()))
DEPLOYMENTS = {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] == "Deployment"}
EVERY_SETTING = {name for process in MODULES for name in settings_of(process)}

VARIABLE = re.compile(r"\$\{(\w+)(?::\?(?P<help>[^}]*)|:-(?P<otherwise>[^}]*))?\}")
ADDRESS = re.compile(r"//(?:[^@/]*@)?([a-z]+):\d+")
COPIED = re.compile(r"^COPY (?!--from)(.+) \S+$", re.MULTILINE)


LOOPBACK_IS_RIGHT = {
    "ZIKAO_TRUSTED_PROXIES": "no proxy is believed but one beside the process, which there is not",
    "ZIKAO_SERVER__GATEWAYS": "nobody is believed but a gateway beside the process; what has none needs no more",
}
"""Settings whose default means this machine, which is safe wherever that is."""

NOT_THE_GATEWAYS = {"ZIKAO_DATABASE__URL"}
"""Settings that the gateway has as every process has, and never reads: it has no database."""

ONLY_WITH_A_SANDBOX = {"ZIKAO_SANDBOX_URL"}
"""Settings of the simulated outside world, which the base for Kubernetes has none of."""


def environment(process: str) -> dict[str, str]:
    """What Compose tells a process, with sixty-four hexadecimal digits for every secret."""
    told = COMPOSE["services"][process]["environment"]
    given = {"PUBLIC_ORIGIN": "https://register.example"}

    def put(found: re.Match[str]) -> str:
        return found["otherwise"] or given.get(found[1], "0f" * 32)

    return {name: VARIABLE.sub(put, value) for name, value in told.items()}


def test_compose_starts_every_process_by_its_name() -> None:
    commands = {name: service.get("command", []) for name, service in COMPOSE["services"].items()}
    started = {name: command for name, command in commands.items() if "serve" in command}
    assert started == {process: ["serve", process] for process in MODULES}


@pytest.mark.parametrize("process", MODULES)
def test_compose_tells_a_process_what_it_needs_and_only_what_it_knows(process: str) -> None:
    told, shared = environment(process).keys(), COMPOSE["x-shared"].keys()
    assert required_of(process) <= told
    assert told - shared <= settings_of(process)
    assert shared <= EVERY_SETTING


def must_be_told(process: str) -> set[str]:
    """What would otherwise mean the machine itself."""
    unread = NOT_THE_GATEWAYS if process == "gateway" else set()
    return loopback_defaults_of(process) - LOOPBACK_IS_RIGHT.keys() - unread


@pytest.mark.parametrize("process", MODULES)
def test_compose_tells_whatever_would_otherwise_mean_the_machine_itself(process: str) -> None:  # OP-2, ID-18
    assert must_be_told(process) <= environment(process).keys()


@pytest.mark.parametrize("process", MODULES)
def test_a_process_starts_with_what_compose_tells_it(process: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(process).items():
        monkeypatch.setenv(name, value)
    config = importlib.import_module(MODULES[process]).Config()
    assert config.server.port == int(environment(process)["ZIKAO_SERVER__PORT"])


def test_every_address_in_compose_is_a_service_of_it() -> None:
    named = set(ADDRESS.findall(yaml.safe_dump([environment(process) for process in MODULES])))
    assert named <= COMPOSE["services"].keys()


def test_every_secret_of_compose_is_asked_for_with_a_word_of_help() -> None:
    found = list(VARIABLE.finditer((ROOT / "deploy/compose.yaml").read_text()))
    explained = {one[1] for one in found if one["help"]}
    assert explained == {one[1] for one in found if one["otherwise"] is None}


def test_the_image_holds_every_package_and_only_what_is_there() -> None:
    copied = {source for line in COPIED.findall((ROOT / "deploy/Dockerfile").read_text()) for source in line.split()}
    assert {source for source in copied if not (ROOT / source).exists()} == set()
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {package for package in wheel["packages"] if not package.startswith("gen/")} <= copied


def test_the_manifests_are_rendered_from_the_base_as_it_is() -> None:
    assert RENDERED.read_text().startswith(header()), "run `make manifests`"


@pytest.mark.parametrize("manifest", OBJECTS, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_every_manifest_keeps_its_schema(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


AUDIT = list(yaml.safe_load_all((ROOT / "deploy/k8s/audit-head.yaml").read_text()))


@pytest.mark.parametrize("manifest", AUDIT, ids=lambda one: one["kind"])
def test_the_nightly_audit_keeps_its_schema(manifest: dict[str, Any]) -> None:  # RE-7
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_the_nightly_audit_runs_a_command_that_there_is() -> None:  # RE-7
    [job] = [one for one in AUDIT if one["kind"] == "CronJob"]
    [only] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    group, name, *options = only["args"]
    command = typer.main.get_command(app).commands[group].commands[name]  # type: ignore[attr-defined]
    given = {option for option in options if option.startswith("--")}
    assert given == {"--keep", "--base-url"}
    assert given <= {option for parameter in command.params for option in parameter.opts}


def test_kubernetes_runs_every_process_but_the_sandbox() -> None:
    started = {name: container(one)["args"] for name, one in DEPLOYMENTS.items()}
    assert started == {process: ["serve", process] for process in MODULES if process != "sandbox"}


@pytest.mark.parametrize("process", DEPLOYMENTS)
def test_kubernetes_tells_a_process_only_what_it_knows(process: str) -> None:
    [shared] = [one["data"].keys() for one in OBJECTS if one["kind"] == "ConfigMap"]
    assert {variable["name"] for variable in container(DEPLOYMENTS[process])["env"]} <= settings_of(process)
    assert shared <= EVERY_SETTING


@pytest.mark.parametrize("process", DEPLOYMENTS)
def test_kubernetes_or_its_secret_tells_whatever_would_otherwise_mean_the_machine_itself(  # OP-2, ID-18
    process: str,
) -> None:
    [shared] = [one["data"].keys() for one in OBJECTS if one["kind"] == "ConfigMap"]
    [said] = re.findall(rf"in `zikao-{process}`: ([^;]+);", (ROOT / "docs/operations.md").read_text())
    in_secret = set(re.findall(r"`(\w+)`", said))
    told = shared | {variable["name"] for variable in container(DEPLOYMENTS[process])["env"]} | in_secret
    assert must_be_told(process) - ONLY_WITH_A_SANDBOX <= told


def test_the_settings_that_are_let_alone_are_settings() -> None:
    assert LOOPBACK_IS_RIGHT.keys() | ONLY_WITH_A_SANDBOX | NOT_THE_GATEWAYS <= EVERY_SETTING
    assert "ZIKAO_PUBLIC_ORIGIN" in loopback_defaults_of("identity")


def test_a_memory_limit_is_a_quarter_more_than_the_peak_that_is_stated() -> None:  # GW-6
    for service, stated in STATED_PEAK_MIB.items():
        container = DEPLOYMENTS[service]["spec"]["template"]["spec"]["containers"][0]
        assert stated * 1.25 <= int(container["resources"]["limits"]["memory"].removesuffix("Mi")) <= stated * 1.5


@pytest.mark.parametrize("process", sorted(DEPLOYMENTS.keys() - {"gateway"}))
def test_a_service_gets_its_secrets_and_the_guide_names_what_must_be_in_them(process: str) -> None:
    sources = container(DEPLOYMENTS[process])["envFrom"]
    assert {"secretRef": {"name": f"zikao-{process}"}} in sources
    [said] = re.findall(rf"in `zikao-{process}`: ([^;]+);", (ROOT / "docs/operations.md").read_text())
    assert required_of(process) | {f"{PREFIX}DATABASE__URL"} <= set(re.findall(r"`(\w+)`", said))


def container(deployment: dict[str, Any]) -> dict[str, Any]:
    """The one container of a pod."""
    [only] = deployment["spec"]["template"]["spec"]["containers"]
    assert isinstance(only, dict)
    return only
