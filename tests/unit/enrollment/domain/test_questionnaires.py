"""Which answers complete a questionnaire (EN-3)."""

import pytest

from services.enrollment.domain.questionnaires import Answer, complete
from services.enrollment.errors import AnswersIncomplete

PURPOSE, CHANNELS = Answer("purpose", ("degree",)), Answer("channels", ("self", "class"))


@pytest.fixture
def questions(catalogue, session):
    return catalogue.questions[session.session_id]


def faults(questions, *answers: Answer) -> dict[str, str]:
    with pytest.raises(AnswersIncomplete) as refusal:
        complete(questions, answers)
    return {fault.field: fault.reason for fault in refusal.value.fields}


def test_required_questions_answered_complete_it(questions) -> None:  # EN-3
    assert complete(questions, [CHANNELS, PURPOSE]) == (PURPOSE, CHANNELS)


def test_every_question_at_fault_is_named_at_once(questions) -> None:  # EN-3
    assert faults(questions) == {"answers.purpose": "REQUIRED", "answers.channels": "REQUIRED"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer("purpose", ("degree", "work")), "NOT_AN_OPTION"),
        (Answer("purpose", ("fame",)), "NOT_AN_OPTION"),
        (Answer("purpose", text="学历"), "NOT_AN_OPTION"),
    ],
)
def test_a_choice_is_one_of_its_options(questions, answer, reason) -> None:  # EN-3
    assert faults(questions, answer, CHANNELS) == {"answers.purpose": reason}


def test_an_unknown_question_is_refused(questions) -> None:  # EN-3
    assert faults(questions, PURPOSE, CHANNELS, Answer("shoe_size", text="42")) == {
        "answers.shoe_size": "UNKNOWN_QUESTION"
    }


def test_a_question_is_answered_once(questions) -> None:  # EN-3
    assert faults(questions, PURPOSE, PURPOSE, CHANNELS) == {"answers": "ANSWERED_TWICE"}
