"""The portal's addresses."""

from typing import Final

from gateway.portal import home, orders
from gateway.portal.account import login, login_sessions, password_recovery, phone_change
from gateway.portal.candidate import cases, correction, details, phone, photo
from gateway.portal.enrollment import course_selection, graduation_plan, notice_and_questionnaire, registration
from gateway.web.page_routes import CANDIDATE, PageRoute

SESSION: Final = "/sessions/{session_id}"
ORDER: Final = "/orders/{order_id}"
CASE: Final = "/cases/{case_id}"
RECOVERY: Final = "/recovery/{password_recovery_id}"
PHONE_CHANGE: Final = "/phone-changes/{phone_change_id}"

PAGES: Final = (
    PageRoute("/", show=home.show),
    PageRoute("/login", show=login.show_login, do=login.log_in),
    PageRoute("/logout", do=login.log_out),
    PageRoute("/password", show=login.show_password, do=login.change_password),
    PageRoute("/recovery", show=password_recovery.show_recovery, do=password_recovery.start_recovery),
    PageRoute(RECOVERY, show=password_recovery.show_completion, do=password_recovery.complete_recovery),
    PageRoute("/phone-changes", show=phone_change.show, do=phone_change.create),
    PageRoute("/phone-changes/code", do=phone_change.send_code),
    PageRoute(PHONE_CHANGE, show=phone_change.show_progress),
    PageRoute(f"{PHONE_CHANGE}/proofs", do=phone_change.upload_proof),
    PageRoute(f"{PHONE_CHANGE}/submit", do=phone_change.submit),
    PageRoute("/register", show=registration.show_account, do=registration.create_account),
    PageRoute(
        "/registrations/new",
        show=registration.show_registration,
        do=registration.create_registration,
        open_to=CANDIDATE,
    ),
    PageRoute("/registrations/{registration_id}/plan", show=graduation_plan.show, open_to=CANDIDATE),
    PageRoute("/details", show=details.show_details, do=details.save_details, open_to=CANDIDATE),
    PageRoute("/details/check", show=details.show_check, do=details.confirm_details, open_to=CANDIDATE),
    PageRoute("/phone", show=phone.show, do=phone.verify, open_to=CANDIDATE),
    PageRoute("/phone/code", do=phone.send_code, open_to=CANDIDATE),
    PageRoute("/photo", show=photo.show, do=photo.upload, open_to=CANDIDATE),
    PageRoute("/photo/image", show=photo.image, open_to=CANDIDATE),
    PageRoute("/photo/verify", do=photo.verify, open_to=CANDIDATE),
    PageRoute("/correction", show=correction.show, do=correction.submit, open_to=CANDIDATE),
    PageRoute("/correction/name", do=correction.correct_name, open_to=CANDIDATE),
    PageRoute("/correction/proof", do=correction.add_proof, open_to=CANDIDATE),
    PageRoute("/cases", show=cases.show_all, open_to=CANDIDATE),
    PageRoute(CASE, show=cases.show, open_to=CANDIDATE),
    PageRoute(f"{CASE}/materials", do=cases.add_material, open_to=CANDIDATE),
    PageRoute(f"{CASE}/materials/{{material_id}}", show=cases.image, open_to=CANDIDATE),
    PageRoute(f"{CASE}/submit", do=cases.submit, open_to=CANDIDATE),
    PageRoute(
        f"{SESSION}/notice",
        show=notice_and_questionnaire.show_notice,
        do=notice_and_questionnaire.acknowledge,
        open_to=CANDIDATE,
    ),
    PageRoute(
        f"{SESSION}/questionnaire",
        show=notice_and_questionnaire.show_questionnaire,
        do=notice_and_questionnaire.submit_questionnaire,
        open_to=CANDIDATE,
    ),
    PageRoute(f"{SESSION}/courses", show=course_selection.show, open_to=CANDIDATE),
    PageRoute(f"{SESSION}/courses/select", do=course_selection.select, open_to=CANDIDATE),
    PageRoute(f"{SESSION}/courses/remove", do=course_selection.remove, open_to=CANDIDATE),
    PageRoute(f"{SESSION}/courses/swap", do=course_selection.swap, open_to=CANDIDATE),
    PageRoute(
        f"{SESSION}/district",
        show=course_selection.show_district,
        do=course_selection.prefer_district,
        open_to=CANDIDATE,
    ),
    PageRoute(f"{SESSION}/checkout", do=course_selection.check_out, open_to=CANDIDATE),
    PageRoute("/orders", show=orders.show_all, open_to=CANDIDATE),
    PageRoute(ORDER, show=orders.show, open_to=CANDIDATE),
    PageRoute(f"{ORDER}/pay", do=orders.pay, open_to=CANDIDATE),
    PageRoute(f"{ORDER}/refresh", do=orders.refresh, open_to=CANDIDATE),
    PageRoute(f"{ORDER}/cancel", do=orders.cancel, open_to=CANDIDATE),
    PageRoute(f"{ORDER}/qr", show=orders.qr, open_to=CANDIDATE),
    PageRoute("/account", show=login_sessions.show, open_to=CANDIDATE),
    PageRoute("/account/end", do=login_sessions.end_one, open_to=CANDIDATE),
    PageRoute("/account/end-all", do=login_sessions.end_all, open_to=CANDIDATE),
)
