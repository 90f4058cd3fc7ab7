"""The folder of a laptop's suite."""

import shutil
from pathlib import Path

import pytest

from cli.suite import home as homes
from cli.suite.home import Home, HomeUnusable


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_secret_is_made_once_and_is_its_owners_alone(home: Home) -> None:
    made = home.secret("field")
    assert bytes.fromhex(made) != bytes(32)
    assert (home.secret("field"), Home(home.root).secret("field")) == (made, made)
    assert home.secret("index") != made
    assert {mode_of(path) for path in home.keys.iterdir()} == {0o600}


def test_accounts_are_found_again_and_are_their_owners_alone(home: Home) -> None:
    assert home.known_accounts() == {}
    accounts = {"operator": {"loginName": "operator", "is": "操作员"}}
    home.keep_accounts(accounts)
    assert home.known_accounts() == accounts
    assert mode_of(home.accounts) == 0o600


def test_one_suite_at_a_time_runs_from_a_folder(home: Home) -> None:
    with home.occupied(), pytest.raises(HomeUnusable, match="already running"), Home(home.root).occupied():
        pass
    with home.occupied():
        pass


def test_a_folder_is_forgotten_only_when_no_suite_runs_from_it(home: Home) -> None:
    with home.occupied(), pytest.raises(HomeUnusable):
        home.forget()
    assert home.keys.exists()
    home.forget()
    assert not home.root.exists()


def test_a_place_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeUnusable, match="choose another place with --home"):
        Home(tmp_path / "file" / "suite").prepare()


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=homes.NEEDED_BYTES - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(HomeUnusable, match="Less than 1 GB"):
        Home(tmp_path / "suite").prepare()
