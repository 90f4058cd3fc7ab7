"""What an operator sees of `zikao up`: it comes back with its data, and says in one sentence why it cannot start."""

import os
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from cli.suite.home import Home
from tests.e2e.suite_process import ROOT, SuiteProcess, free_ports, suite_process, zikao
from tests.support.wait_until import PATIENCE_SECONDS


def zikao_up(home: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """`zikao up` where it cannot start."""
    command = zikao("up", "--home", str(home), *options)
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


def test_the_second_start_finds_the_data_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with suite_process(home) as first:
        accounts = first.home.known_accounts()
        schools = httpx.get(f"{first.gateway_url}/v1/schools", trust_env=False).json()
    assert "PostgreSQL has stopped" in first.printed()
    with suite_process(home) as second:
        assert second.home.known_accounts() == accounts
        assert httpx.get(f"{second.gateway_url}/v1/schools", trust_env=False).json() == schools
        assert "first start" not in second.printed()
    asked = subprocess.run(zikao("reset", "--home", str(home)), cwd=ROOT, input="n\n", text=True, check=False)
    assert asked.returncode != 0
    assert home.exists()
    subprocess.run(zikao("reset", "--home", str(home), "--yes"), cwd=ROOT, check=True)
    assert not home.exists()


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    ports = free_ports()
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", ports.of("payment").port))
        held.listen()
        refused = zikao_up(tmp_path / "home", "--ports-from", str(ports.postgres))
    assert refused.returncode == 1
    assert f"Port {ports.of('payment').port}, which payment needs, is taken" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_second_suite_in_one_folder_is_one_sentence(suite: SuiteProcess) -> None:
    refused = zikao_up(suite.home.root, "--ports-from", str(free_ports().postgres))
    assert refused.returncode == 1
    assert f"A suite is already running from {suite.home.root} (process {suite.process.pid})" in refused.stderr


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cli.suite import home as homes

    monkeypatch.setattr(homes, "NEEDED_BYTES", 2**62)
    with pytest.raises(homes.HomeUnusable, match=r"Less than 1 GB is free where .* lies"):
        Home(tmp_path / "home").prepare()


@pytest.mark.parametrize("name", ["identity", "enrollment", "payment", "review", "gateway", "sandbox"])
def test_every_process_says_whether_it_can_do_its_work(suite: SuiteProcess, name: str) -> None:  # OP-2
    answer = httpx.get(suite.ports.of(name).ready_url, trust_env=False)
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["identity", "enrollment", "payment", "review", "gateway"])
def test_every_process_of_ours_shows_its_metrics(suite: SuiteProcess, name: str) -> None:  # OP-2
    admin = suite.ports.of(name).ready_url.removesuffix("/readyz")
    assert "zikao_" in httpx.get(f"{admin}/metrics", trust_env=False).text


def test_a_process_without_its_configuration_says_what_is_missing(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZIKAO_")}
    refused = subprocess.run(
        zikao("serve", "identity"), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "ZIKAO_FIELD_KEY" in refused.stderr
    assert "Traceback" not in refused.stderr
