"""The portal's addresses."""

from functools import partial
from typing import Final

from chassis.process.admission_control import Priority
from gateway.console import login_sessions as own_logins
from gateway.portal import announcements, home, orders, refunds
from gateway.portal.account import (
    erasure,
    login_and_password,
    login_sessions,
    looks,
    lost_phone,
    messages,
    own_data,
    password_recovery,
    sign_in,
)
from gateway.portal.candidate import cases, details, email, phone, photo, required_correction
from gateway.portal.enrollment import course_selection, graduation_plan, notice_and_questionnaire, registration_wizard
from gateway.portal.papers import issued_papers, paper_check
from gateway.web.page_endpoint import CANDIDATE, PageRoute

SESSION: Final = "/sessions/{session_id}"
ORDER: Final = "/orders/{order_id}"
CASE: Final = "/cases/{case_id}"
RECOVERY: Final = "/recovery/{password_recovery_id}"
PHONE_CHANGE: Final = "/phone-changes/{phone_change_id}"

candidate_page = partial(PageRoute, open_to=CANDIDATE)
paying_page = partial(candidate_page, priority=Priority.HIGH)

PAGES: Final = (
    PageRoute("/", show=home.show),
    PageRoute("/login", show=login_and_password.show_login, do=login_and_password.log_in),
    PageRoute("/announcements", show=announcements.show),
    PageRoute("/sign-in", show=sign_in.complete),
    PageRoute("/sign-in/{provider_id}", show=sign_in.start),
    PageRoute("/logout", do=login_and_password.log_out),
    PageRoute("/password", show=login_and_password.show_password, do=login_and_password.change_password),
    PageRoute("/recovery", show=password_recovery.show_recovery, do=password_recovery.start_recovery),
    PageRoute(RECOVERY, show=password_recovery.show_completion, do=password_recovery.complete_recovery),
    PageRoute(f"{RECOVERY}/repeat", do=password_recovery.repeat_recovery),
    PageRoute("/phone-changes", show=lost_phone.show, do=lost_phone.create),
    PageRoute("/phone-changes/code", do=lost_phone.send_code),
    PageRoute(PHONE_CHANGE, show=lost_phone.show_progress),
    PageRoute(f"{PHONE_CHANGE}/proofs", do=lost_phone.upload_proof, files=1),
    PageRoute(f"{PHONE_CHANGE}/submit", do=lost_phone.submit),
    PageRoute("/register", show=registration_wizard.show_account, do=registration_wizard.create_account),
    candidate_page(
        "/registrations/new", show=registration_wizard.show_registration, do=registration_wizard.create_registration
    ),
    candidate_page("/registrations/{registration_id}/plan", show=graduation_plan.show),
    candidate_page("/details", show=details.show_details, do=details.save_details),
    candidate_page("/details/check", show=details.show_check, do=details.confirm_details),
    candidate_page("/phone", show=phone.show, do=phone.verify),
    candidate_page("/phone/code", do=phone.send_code),
    candidate_page("/email", show=email.show, do=email.verify),
    candidate_page("/email/code", do=email.send_code),
    candidate_page("/photo", show=photo.show, do=photo.upload, files=1),
    candidate_page("/photo/image", show=photo.image),
    candidate_page("/photo/verify", do=photo.verify),
    candidate_page("/photo/name", do=photo.correct_name),
    candidate_page("/photo/sample", show=photo.sample),
    candidate_page("/correction", show=required_correction.show, do=required_correction.submit),
    candidate_page("/correction/name", do=required_correction.correct_name),
    candidate_page("/correction/proof", do=required_correction.add_proof, files=1),
    candidate_page("/cases", show=cases.show_all),
    candidate_page(CASE, show=cases.show),
    candidate_page(f"{CASE}/materials", do=cases.add_material, files=1),
    candidate_page(f"{CASE}/materials/{{material_id}}", show=cases.image),
    candidate_page(f"{CASE}/materials/{{material_id}}/remove", do=cases.remove_material),
    candidate_page(f"{CASE}/submit", do=cases.submit),
    candidate_page(
        f"{SESSION}/notice", show=notice_and_questionnaire.show_notice, do=notice_and_questionnaire.acknowledge
    ),
    candidate_page(
        f"{SESSION}/questionnaire",
        show=notice_and_questionnaire.show_questionnaire,
        do=notice_and_questionnaire.submit_questionnaire,
    ),
    candidate_page("/courses", show=course_selection.show_current),
    candidate_page(f"{SESSION}/courses", show=course_selection.show),
    candidate_page(f"{SESSION}/courses/select", do=course_selection.select),
    candidate_page(f"{SESSION}/courses/remove", do=course_selection.remove),
    candidate_page(f"{SESSION}/courses/swap", do=course_selection.swap),
    paying_page(f"{SESSION}/courses/confirm", do=course_selection.confirm_draft),
    candidate_page(f"{SESSION}/district", show=course_selection.show_district, do=course_selection.prefer_district),
    paying_page(f"{SESSION}/checkout", do=course_selection.check_out),
    candidate_page("/orders", show=orders.show_all),
    paying_page(ORDER, show=orders.show),
    paying_page(f"{ORDER}/pay", do=orders.pay),
    paying_page(f"{ORDER}/refresh", do=orders.refresh),
    paying_page(f"{ORDER}/cancel", do=orders.cancel),
    paying_page(f"{ORDER}/qr", show=orders.qr),
    candidate_page(f"{ORDER}/refunds", show=refunds.show),
    candidate_page(f"{ORDER}/refunds/account", do=refunds.record_account),
    candidate_page(f"{ORDER}/refunds/request", do=refunds.request),
    candidate_page("/papers", show=issued_papers.show, do=issued_papers.issue),
    candidate_page("/papers/{paper_id}/document", show=issued_papers.download),
    PageRoute("/papers/check", show=paper_check.show),
    candidate_page("/account", show=login_sessions.show),
    candidate_page("/account/looks", show=looks.show),
    candidate_page("/account/messages", do=messages.choose),
    candidate_page("/messages", show=messages.show),
    candidate_page("/messages/read", do=messages.mark_read),
    candidate_page("/account/data", show=own_data.show, do=own_data.export),
    candidate_page("/account/erasure", show=erasure.show, do=erasure.erase),
    candidate_page("/account/end", do=own_logins.end_one),
    candidate_page("/account/end-all", do=own_logins.end_all),
)
