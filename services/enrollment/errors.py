"""Every refusal of enrollment: its stable reason, its gRPC code and what it says.

Metadata names the fields of the templates.
"""

from chassis.errors import Code, Refusal


class GatesUnmet(Refusal):
    """EN-2: gates are not passed; `unmet` names all of them."""

    reason = "GATES_UNMET"
    code = Code.FAILED_PRECONDITION
    zh = "还有条件未满足，请按提示逐项完成。"
    en = "Some conditions are not met yet; each says what to do next."


class NotHosted(Refusal):
    """ID-5: the school does not host the major."""

    reason = "NOT_FOUND"
    code = Code.NOT_FOUND
    zh = "主考学校 {school_code} 不主考专业 {major_code}。"
    en = "School {school_code} does not host major {major_code}."


class MajorFixed(Refusal):
    """ID-12: a new candidate's major cannot be changed, nor a second one registered for."""

    reason = "MAJOR_FIXED"
    code = Code.FAILED_PRECONDITION
    zh = "您已填报专业 {major_code}，取得准考证号之前不能更改或另报。"
    en = "You are registered for major {major_code}, which cannot be changed before you have a ticket number."


class MajorFull(Refusal):
    """EN-4: the school's new students of this major are as many as it takes."""

    reason = "MAJOR_FULL"
    code = Code.RESOURCE_EXHAUSTED
    zh = "该主考学校专业 {major_code} 的新生名额（{cap} 人）已满。"
    en = "The school takes {cap} new students in major {major_code}, and has them."


class MajorHasSelections(Refusal):
    """A registration with live selections keeps its major."""

    reason = "MAJOR_HAS_SELECTIONS"
    code = Code.FAILED_PRECONDITION
    zh = "该报名信息下还有有效选课，不能更改专业。"
    en = "The registration has live selections; its major cannot be changed."


class TextOutdated(Refusal):
    """ID-5, PA-1: what is accepted must be the text in force."""

    reason = "TEXT_OUTDATED"
    code = Code.FAILED_PRECONDITION
    zh = "文本已更新为第 {current_version} 版，请重新阅读。"
    en = "The text is now at version {current_version}; please read it again."


class AnswersIncomplete(Refusal):
    """EN-3: answers are missing or not among the options."""

    reason = "ANSWERS_INCOMPLETE"
    code = Code.INVALID_ARGUMENT
    zh = "问卷有题目未答或答案无效。"
    en = "The questionnaire has missing or invalid answers."


class QuestionnaireAlreadySubmitted(Refusal):
    """EN-3: a questionnaire is submitted once."""

    reason = "QUESTIONNAIRE_ALREADY_SUBMITTED"
    code = Code.FAILED_PRECONDITION
    zh = "本考期问卷调查已提交，不能更改。"
    en = "The session's questionnaire is already submitted and cannot be changed."


class CourseNotInPlan(Refusal):
    """EN-5: courses are selected by plan."""

    reason = "COURSE_NOT_IN_PLAN"
    code = Code.FAILED_PRECONDITION
    zh = "课程 {course_code} 不在专业 {major_code} 的考试计划内。"
    en = "Course {course_code} is not in the plan of major {major_code}."


class CourseNotExamined(Refusal):
    """EN-5, EN-12: a theory course needs a sitting in the session; alternatives are named."""

    reason = "COURSE_NOT_EXAMINED"
    code = Code.FAILED_PRECONDITION
    zh = "{session_id} 考期不开考课程 {course_name}。"
    en = "Course {course_name} is not examined in session {session_id}."


class CourseAlreadyPassed(Refusal):
    """EN-5: what is passed is not selected again."""

    reason = "COURSE_ALREADY_PASSED"
    code = Code.FAILED_PRECONDITION
    zh = "课程 {course_name} 已合格，无需再报。"
    en = "Course {course_name} is already passed."


class PrerequisiteNotPassed(Refusal):
    """EN-1, EN-12: what the course asks for is not passed yet; the courses missing and alternatives are named."""

    reason = "PREREQUISITE_NOT_PASSED"
    code = Code.FAILED_PRECONDITION
    zh = "课程 {course_name} 须先通过另外 {missing_count} 门课程方可报考{missing_courses}。"
    en = "{missing_count} more to pass before course {course_name} can be taken{missing_courses}."


class CourseAlreadySelected(Refusal):
    """PA-7: a course is held once per person and session, under one registration."""

    reason = "COURSE_ALREADY_SELECTED"
    code = Code.ALREADY_EXISTS
    zh = "课程 {course_name} 已在您的另一报名信息下选报。"
    en = "Course {course_name} is already selected under another of your registrations."


class TimeConflict(Refusal):
    """EN-5, EN-12: the time is taken; the rival, its sitting and what could be selected instead are named."""

    reason = "TIME_CONFLICT"
    code = Code.FAILED_PRECONDITION
    zh = "课程 {course_name} 与已选课程 {rival_course_name}（{date} {period}）考试时间冲突。"
    en = "Course {course_name} conflicts with {rival_course_name}, which you selected for {date} {period}."


class SelectionFinal(Refusal):
    """EN-8: what counts or has ended is not taken back."""

    reason = "SELECTION_FINAL"
    code = Code.FAILED_PRECONDITION
    zh = "该选课已生效或已结束，不能取消。"
    en = "The selection counts already or has ended, and cannot be taken back."


class OrderUnsettled(Refusal):
    """EN-9, PA-7: an earlier order of the session is not settled."""

    reason = "ORDER_UNSETTLED"
    code = Code.FAILED_PRECONDITION
    zh = "本考期还有未结清的订单，请先支付或取消。"
    en = "An earlier order of this session is not settled; pay or cancel it first."


class NothingToCheckOut(Refusal):
    """EN-10: there is no theory course to pay for."""

    reason = "NOTHING_TO_CHECK_OUT"
    code = Code.FAILED_PRECONDITION
    zh = "没有待结算的理论课程。"
    en = "There is no theory course to check out."


class DraftRefused(Refusal):
    """EN-14: what was prepared cannot become live as it is; `unmet` names every course at fault, and why."""

    reason = "DRAFT_REFUSED"
    code = Code.FAILED_PRECONDITION
    zh = "预选的课程中有 {count} 门现在不能报考，请按提示调整后再确认。"
    en = "{count} of the prepared courses cannot be taken any more; change them and confirm again."


class CheckoutRefused(Refusal):
    """EN-15: what was chosen cannot be checked out as it is; `unmet` names every course at fault, and why."""

    reason = "CHECKOUT_REFUSED"
    code = Code.FAILED_PRECONDITION
    zh = "待结算的课程中有 {count} 门现在不能报考，请按提示取消后再结算。"
    en = "{count} of the courses to check out cannot be taken any more; take them back and check out again."


class SittingMoved(Refusal):
    """EN-15: the course is examined at another time than when it was chosen."""

    reason = "SITTING_MOVED"
    code = Code.FAILED_PRECONDITION
    zh = "课程 {course_name} 的考试时间已变更，请取消后重新选择。"
    en = "Course {course_name} is examined at another time now; take it back and select it again."


class FeesChanged(Refusal):
    """EN-15: the total that the candidate saw is not that of this moment."""

    reason = "FEES_CHANGED"
    code = Code.FAILED_PRECONDITION
    zh = "应付合计已由 {seen_total_yuan} 元变为 {total_yuan} 元，请核对后重新结算。"
    en = "The total has changed from {seen_total_yuan} to {total_yuan} yuan; look again before checking out."


class DraftsChanged(Refusal):
    """EN-10: what the candidate saw is not what would be checked out."""

    reason = "DRAFTS_CHANGED"
    code = Code.FAILED_PRECONDITION
    zh = "选课已发生变化，请刷新后重新结算。"
    en = "The selected courses have changed; look again before checking out."


class OrderRefused(Refusal):
    """EN-10: payment will not make the order; its reason says why, and the courses can be checked out again."""

    reason = "ORDER_REFUSED"
    code = Code.FAILED_PRECONDITION
    zh = "订单无法创建（{payment_reason}），选课已退回待结算。"
    en = "The order cannot be made ({payment_reason}); the courses are back among those to check out."


class SessionEnded(Refusal):
    """F-15: a window that is over is not opened or extended any more."""

    reason = "SESSION_ENDED"
    code = Code.FAILED_PRECONDITION
    zh = "{session_id} 考期报名已结束。"
    en = "Registration for session {session_id} has ended."


class WindowStillOpen(Refusal):
    """EN-8, F-15: registration closes at its published instant, not before."""

    reason = "WINDOW_STILL_OPEN"
    code = Code.FAILED_PRECONDITION
    zh = "{session_id} 考期报名至 {registration_end_time} 方可关闭。"
    en = "Registration for session {session_id} is open until {registration_end_time}."


class RemovalsUnconfirmed(Refusal):
    """EN-20: an import that removes much names how much."""

    reason = "REMOVALS_UNCONFIRMED"
    code = Code.FAILED_PRECONDITION
    zh = "导入将移除 {removals} 条，须填写该数目加以确认；没有导入任何内容。"
    en = "The import would remove {removals} entries; name that number to confirm it. Nothing was imported."


class PaperWithoutCourses(Refusal):
    """EN-18: there is nothing that the paper could state."""

    reason = "PAPER_WITHOUT_COURSES"
    code = Code.FAILED_PRECONDITION
    zh = "没有可写入的课程：报名信息表须先选课，报考确认单须有已生效的课程。"
    en = "No course to state: a registration form needs a chosen course, a confirmation one that counts."


class RefundRequestsClosed(Refusal):
    """PA-14: the session does not allow requests for refunds, or no longer."""

    reason = "REFUND_REQUESTS_CLOSED"
    code = Code.FAILED_PRECONDITION
    zh = "{session_id} 考期不受理退费申请，或申请时间已过。"
    en = "Session {session_id} takes no requests for refunds, or no longer does."


class SelectionNotRefundable(Refusal):
    """PA-14: the course was not paid here, or counts no more."""

    reason = "SELECTION_NOT_REFUNDABLE"
    code = Code.FAILED_PRECONDITION
    zh = "只有在线缴费且有效的课程可以申请退费。"
    en = "Only a course that was paid here and counts can be given back."


class RefundRefusalUnexplained(Refusal):
    """PA-14: who refuses a refund says why."""

    reason = "REFUND_REFUSAL_UNEXPLAINED"
    code = Code.INVALID_ARGUMENT
    zh = "请说明不予退费的原因。"
    en = "Say why the fee stays paid."


class RefundRequestDecided(Refusal):
    """PA-14: the request was decided otherwise."""

    reason = "REFUND_REQUEST_DECIDED"
    code = Code.FAILED_PRECONDITION
    zh = "该退费申请已有决定。"
    en = "The request for a refund has been decided already."


class TicketNumberHeld(Refusal):
    """ID-20: who has a ticket number is enrolled, and the authority keeps that."""

    reason = "TICKET_NUMBER_HELD"
    code = Code.FAILED_PRECONDITION
    zh = "您已有准考证号，学籍资料须依法保存，账号不能注销。如有疑问请联系主考学校。"
    en = "You have a ticket number. Records of students are kept, so the account stays; your host school can say more."


class OrderHeld(Refusal):
    """ID-20: money stays."""

    reason = "ORDER_HELD"
    code = Code.FAILED_PRECONDITION
    zh = "您有报考订单，缴费记录须依法保存，账号不能注销。如不再参加考试，可取消未支付的订单，或按规定申请退费。"
    en = (
        "You have an order. Records of payments are kept, so the account stays. If you no longer take part, cancel "
        "what is not paid, or ask for the fee where the rules allow it."
    )
