"""Another commit's `zikao`, found by what its project file says."""

import sys
from pathlib import Path

from bench.suites.commit_checkout import CommitCheckout
from bench.suites.subprocesses import run


async def test_the_command_is_whatever_the_commit_s_project_file_names(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text('[project.scripts]\nzikao = "elsewhere.main:start"\n')
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "main.py").write_text("import sys\ndef start(): print(sys.argv)\n")
    checkout = CommitCheckout("abc1234", tmp_path, Path(sys.executable))
    said = await run(*checkout.zikao("up", "--home", "a folder"), cwd=tmp_path, seconds=60)
    assert said.strip() == "['zikao', 'up', '--home', 'a folder']"
