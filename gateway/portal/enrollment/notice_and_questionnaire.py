"""Before selecting: the session's notice (EN-2) and its questionnaire (EN-3)."""

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_pb2, enrollment_service_pb2, resources_pb2

from gateway.web.form import BLANK, Form
from gateway.web.labels import done_labels
from gateway.web.page_request import Page
from gateway.web.published_texts import published_text

SESSION_NOTICE = catalogue_pb2.Text.SESSION_NOTICE
Question = resources_pb2.Questionnaire.Question


async def show_notice(page: Page) -> Response:
    """The session's notice."""
    notice = await published_text(page, SESSION_NOTICE, page.params["session_id"])
    return page.render("portal/notice.html", notice=notice)


async def acknowledge(page: Page) -> Response:
    """Says that the version that was shown has been read."""
    await page.ask(page.fill(enrollment_service_pb2.AcknowledgeNoticeRequest, page.form()))
    page.have_done(done_labels.NOTICE_READ)
    return page.redirect("/")


async def show_questionnaire(page: Page, form: Form = BLANK) -> Response:
    """The questions of the session."""
    return page.render(
        "portal/questionnaire.html",
        questionnaire=await _questions(page),
        form=form,
        kinds=Question,
        chosen={f"{name}={text}" for name, text in page.typed},  # ticked when something was to be mended
    )


async def submit_questionnaire(page: Page) -> Response:
    """Submits the answers; afterwards the candidate is back at their details, as the procedure has it (EN-3)."""
    sent = await page.request.form()
    questionnaire = await _questions(page)
    answers = [_answer(one, [str(value) for value in sent.getlist(one.question_id)]) for one in questionnaire.questions]
    given = [one for one in answers if one.option_ids or one.text]
    request = page.fill(enrollment_service_pb2.SubmitQuestionnaireRequest, answers=given)
    done = done_labels.QUESTIONNAIRE_SUBMITTED
    return await page.submit(request, page.form(), show_questionnaire, "/details", done=done)


def _answer(question: resources_pb2.Questionnaire.Question, values: list[str]) -> resources_pb2.Answer:
    given = [value.strip() for value in values if value.strip()]
    if question.kind == Question.FREE_TEXT:
        return resources_pb2.Answer(question_id=question.question_id, text="".join(given[:1]))
    return resources_pb2.Answer(question_id=question.question_id, option_ids=given)


async def _questions(page: Page) -> resources_pb2.Questionnaire:
    return await page.ask(page.fill(enrollment_service_pb2.GetQuestionnaireRequest))
