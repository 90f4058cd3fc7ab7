"""The same image in the hands of two people (RE-8): what an image is recognised by, and when two count as the same.

Two steps, since documents of one kind look alike: outlines that lie near each other make suspects, and the sketches of
suspects are laid over one another to find a crop, or to clear them. Both are done for the eight ways in which an image
can lie: turned by right angles, and mirrored.
"""

from dataclasses import dataclass, field
from typing import Final

OUTLINES_APART: Final = 18
"""Bits of 63 in which outlines of the same image may differ. Re-saved images differ in 2, crops of a twentieth on each
side in up to 18.
"""

ORIENTATIONS: Final = 8
"""Turned by 0, 90, 180 and 270 degrees, each as it is and mirrored."""

MOST_SUSPECTS: Final = 40
"""The nearest outlines that are looked at more closely: a limit to the work that one upload can cause."""

SAME_FROM: Final = 0.94
"""Correlation of two sketches from which they show the same image. Invented cards of two people in one layout stay
below 0.9, crops of a twentieth on each side lie above 0.945; crops of a tenth are found about every second time.
"""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an image is recognised by: 63 bits of its coarse pattern, and a small grey picture of it."""

    outline: int
    sketch: bytes = field(repr=False)


def near(one: int, other: int) -> bool:
    """Whether two outlines may be of the same image."""
    return (one ^ other).bit_count() <= OUTLINES_APART


@dataclass(frozen=True, slots=True)
class Suspect:
    """Another person's material that may show the same image."""

    material_id: str
    outline: int
    sketch: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same image in somebody else's case: the very same file (`exact`), or one that shows the same."""

    material_id: str
    case_id: str
    organisation: str
    exact: bool

    def case_shown_to(self, organisation: str) -> str:
        """The other case's id for those who may see it (RE-2); empty for others, who learn only that there is one."""
        return self.case_id if self.organisation == organisation else ""
