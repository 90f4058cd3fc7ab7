from pathlib import Path

import pytest

from cli.suite.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    prepared = Home(tmp_path / "suite")
    prepared.prepare()
    return prepared
