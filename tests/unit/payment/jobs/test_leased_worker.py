"""How calls to the other side are spaced out (PA-4)."""

import pytest

from services.payment.jobs.leased_worker import SLOWEST, CallSpacing

USUAL = 0.01


@pytest.mark.parametrize(
    ("answers", "times_slower"),
    [
        ([], 1),
        ([True], 1),
        ([False], 2),
        ([False, False, False], 8),
        ([False] * 9, SLOWEST),
        ([False, False, True], 2),
        ([False] * 9 + [True] * 5, 1),
        ([False] * 9 + [True] * 9, 1),
    ],
)
def test_who_does_not_answer_is_asked_ever_less_and_as_usual_again_after(
    answers: list[bool], times_slower: float
) -> None:  # PA-4, F-18
    spacing = CallSpacing(1 / USUAL)
    for answer in answers:
        spacing.answered(answer)
    assert spacing.seconds == pytest.approx(USUAL * times_slower)
