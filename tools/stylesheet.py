"""Puts the parts of the pages' stylesheet into their format: one declaration a line.

`python -m tools.stylesheet --check` changes nothing, names the parts that are not in their format, and fails.
"""

import sys
from pathlib import Path
from typing import Annotated, Final

import cssbeautifier
import typer

ROOT: Final = Path(__file__).parents[1]
PARTS: Final = (ROOT / "gateway" / "web" / "static" / "style", ROOT / "sandbox" / "pages")


def formatted(content: str) -> str:
    """A stylesheet in its format."""
    options = cssbeautifier.default_options()
    options.indent_size = 2
    options.selector_separator_newline = False
    options.space_around_combinator = True
    options.end_with_newline = True
    return str(cssbeautifier.beautify(content, options))


def main(
    check: Annotated[bool, typer.Option(help="Change nothing; fail where a part is not in its format.")] = False,
) -> None:
    """Writes every part anew, or with --check names those that would change."""
    changed = [
        part
        for folder in PARTS
        for part in sorted(folder.glob("*.css"))
        if formatted(part.read_text()) != part.read_text()
    ]
    for part in changed:
        if check:
            print(f"{part.relative_to(ROOT)} is not in its format; `make format` writes it anew", file=sys.stderr)
        else:
            part.write_text(formatted(part.read_text()))
    if check and changed:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
