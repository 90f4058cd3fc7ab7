"""Removes from an environment what the suite never reads, so that the image is smaller.

Usage: python unused_files.py ENVIRONMENT. Each pattern says why it may go; one that finds nothing ends the build, so
that a list which is no longer true is noticed.
"""

import shutil
import sys
from pathlib import Path

UNUSED = {
    "phonenumbers/geodata": "which town a number belongs to",
    "phonenumbers/carrierdata": "which company gave it out",
    "numpy/**/tests": "tests",
    "regex/tests": "tests",
    "cv2/data/haarcascade_[!f]*": "how other things than faces look",
    "cv2/data/haarcascade_frontalcatface*": "how cats look",
    "cv2/data/haarcascade_frontalface_alt*": "other ways to find faces than ours",
    "cv2/data/haarcascade_fullbody*": "how bodies look",
}
"""What goes, below site-packages, and what it holds."""

LANGUAGES = ("root", "zh", "en")
"""The languages of the pages, and what they fall back to."""


def main(environment: Path) -> None:
    """Removes what is unused; ends with a sentence when a pattern fits nothing."""
    [packages] = environment.glob("lib/python3*/site-packages")
    for pattern in UNUSED:
        found = list(packages.glob(pattern))
        if not found:
            sys.exit(f"{pattern} is not there any more: take it out of {Path(__file__).name}.")
        for path in found:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for locale in (packages / "babel/locale-data").iterdir():
        if locale.stem.split("_")[0] not in LANGUAGES:
            locale.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
