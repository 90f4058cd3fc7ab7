"""The questionnaire of a session (问卷调查, EN-3): which answers are complete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.errors import FieldViolation
from services.enrollment.domain.catalogue import Question
from services.enrollment.errors import AnswersIncomplete

SINGLE_CHOICE = "SINGLE_CHOICE"
MULTIPLE_CHOICE = "MULTIPLE_CHOICE"
FREE_TEXT = "FREE_TEXT"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question."""

    question_id: str
    option_ids: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A session's questions, and when a candidate answered them."""

    session_id: str
    questions: Sequence[Question]
    submit_time: datetime | None


def complete(questions: Sequence[Question], answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """The answers in the order of the questions, without empty ones.

    Raises AnswersIncomplete naming each question at fault.
    """
    given = {answer.question_id: answer for answer in answers}
    known = {question.question_id for question in questions}
    faults = [_fault(code, "UNKNOWN_QUESTION", "没有这个问题", "no such question") for code in given.keys() - known]
    if len(given) < len(answers):
        faults.append(_fault("", "ANSWERED_TWICE", "同一问题只能回答一次", "a question is answered once"))
    faults += [fault for question in questions if (fault := _check(question, given))]
    if faults:
        raise AnswersIncomplete(fields=faults)
    return tuple(given[question.question_id] for question in questions if question.question_id in given)


def _check(question: Question, given: Mapping[str, Answer]) -> FieldViolation | None:
    answer = given.get(question.question_id, Answer(question.question_id))
    empty = not answer.option_ids and not answer.text.strip()
    if empty:
        return _fault(question.question_id, "REQUIRED", "此题必答", "must be answered") if question.required else None
    options = {option.option_id for option in question.options}
    chosen = set(answer.option_ids)
    fits = not chosen if question.kind == FREE_TEXT else chosen <= options and not answer.text
    if not fits or (question.kind == SINGLE_CHOICE and len(answer.option_ids) != 1):
        return _fault(question.question_id, "NOT_AN_OPTION", "答案不在选项之内", "not among the options")
    return None


def _fault(question_id: str, reason: str, zh: str, en: str) -> FieldViolation:
    return FieldViolation(field=f"answers.{question_id}" if question_id else "answers", reason=reason, zh=zh, en=en)
