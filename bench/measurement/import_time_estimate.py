"""From the rate of an import to how long importing everybody takes (OP-1)."""

from datetime import timedelta
from typing import Final

IMPORTS: Final = "imports"
"""The unit in which imports are measured."""
EVERYBODY: Final = 118_668
"""Who took part in one session of the model; what it would take to import them is told beside the figure."""


def duration_of_everybody(per_second: float) -> timedelta:
    """How long the whole number of the model's session takes at this rate."""
    return timedelta(seconds=round(EVERYBODY / per_second))
