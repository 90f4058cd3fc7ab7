"""What was handed in and decided, submission by submission."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zikao.review.v1 import resources_pb2


@dataclass(frozen=True, slots=True)
class Submission:
    """One submission: its images, and what was decided about it, the oldest first."""

    number: int
    materials: Sequence[resources_pb2.Material]
    decisions: Sequence[resources_pb2.Decision]


def submissions(
    materials: Iterable[resources_pb2.Material], decisions: Iterable[resources_pb2.Decision]
) -> Sequence[Submission]:
    """The submissions of a case, the first first."""
    images, verdicts = list(materials), list(decisions)
    numbers = sorted({one.submission for one in images} | {one.submission for one in verdicts})
    return [
        Submission(
            number,
            [one for one in images if one.submission == number],
            [one for one in verdicts if one.submission == number],
        )
        for number in numbers
    ]
