"""Options of commands that concern a suite on this machine."""

from pathlib import Path
from typing import Annotated, Final

import typer

HOME: Final = Path(".zikao")
MOST_REPLICAS: Final = 5

HomeOption = Annotated[Path, typer.Option("--home", help="Where a suite on this machine keeps its data.")]
