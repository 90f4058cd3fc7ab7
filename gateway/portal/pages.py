"""The portal's addresses."""

from typing import Final

from gateway.portal import (
    account,
    cases,
    correcting,
    courses,
    entrance,
    home,
    paying,
    person,
    photo,
    planning,
    preparing,
    recovering,
    registering,
)
from gateway.web.routing import CANDIDATE, PageRoute

SESSION: Final = "/sessions/{session_id}"
ORDER: Final = "/orders/{order_id}"
CASE: Final = "/cases/{case_id}"
PHONE_CHANGE: Final = "/phone-changes/{change_id}"

PAGES: Final = (
    PageRoute("/", show=home.show),
    PageRoute("/login", show=entrance.show_login, do=entrance.log_in),
    PageRoute("/logout", do=entrance.log_out),
    PageRoute("/password", show=entrance.show_password, do=entrance.change_password),
    PageRoute("/recovery", show=recovering.show_recovery, do=recovering.start_recovery),
    PageRoute("/recovery/{recovery_id}", show=recovering.show_completion, do=recovering.complete_recovery),
    PageRoute("/phone-changes", show=recovering.show_phone_change, do=recovering.create_phone_change),
    PageRoute("/phone-changes/code", do=recovering.send_code),
    PageRoute(PHONE_CHANGE, show=recovering.show_progress),
    PageRoute(f"{PHONE_CHANGE}/proofs", do=recovering.upload_proof),
    PageRoute(f"{PHONE_CHANGE}/submit", do=recovering.submit_phone_change),
    PageRoute("/register", show=registering.show_account, do=registering.create_account),
    PageRoute(
        "/registrations/new",
        show=registering.show_registration,
        do=registering.create_registration,
        open_to=CANDIDATE,
    ),
    PageRoute("/registrations/{registration_id}/plan", show=planning.show, open_to=CANDIDATE),
    PageRoute("/details", show=person.show_details, do=person.save_details, open_to=CANDIDATE),
    PageRoute("/details/check", show=person.show_check, do=person.confirm_details, open_to=CANDIDATE),
    PageRoute("/phone", show=person.show_phone, do=person.verify_phone, open_to=CANDIDATE),
    PageRoute("/phone/code", do=person.send_code, open_to=CANDIDATE),
    PageRoute("/photo", show=photo.show, do=photo.upload, open_to=CANDIDATE),
    PageRoute("/photo/image", show=photo.image, open_to=CANDIDATE),
    PageRoute("/photo/verify", do=photo.verify, open_to=CANDIDATE),
    PageRoute("/correction", show=correcting.show, do=correcting.submit, open_to=CANDIDATE),
    PageRoute("/correction/name", do=correcting.correct_name, open_to=CANDIDATE),
    PageRoute("/correction/proof", do=correcting.add_proof, open_to=CANDIDATE),
    PageRoute("/cases", show=cases.show_all, open_to=CANDIDATE),
    PageRoute(CASE, show=cases.show, open_to=CANDIDATE),
    PageRoute(f"{CASE}/materials", do=cases.add_material, open_to=CANDIDATE),
    PageRoute(f"{CASE}/materials/{{material_id}}", show=cases.image, open_to=CANDIDATE),
    PageRoute(f"{CASE}/submit", do=cases.submit, open_to=CANDIDATE),
    PageRoute(f"{SESSION}/notice", show=preparing.show_notice, do=preparing.acknowledge, open_to=CANDIDATE),
    PageRoute(
        f"{SESSION}/questionnaire",
        show=preparing.show_questionnaire,
        do=preparing.submit_questionnaire,
        open_to=CANDIDATE,
    ),
    PageRoute(f"{SESSION}/courses", show=courses.show, open_to=CANDIDATE),
    PageRoute(f"{SESSION}/courses/select", do=courses.select, open_to=CANDIDATE),
    PageRoute(f"{SESSION}/courses/remove", do=courses.remove, open_to=CANDIDATE),
    PageRoute(f"{SESSION}/courses/swap", do=courses.swap, open_to=CANDIDATE),
    PageRoute(f"{SESSION}/district", show=courses.show_district, do=courses.prefer_district, open_to=CANDIDATE),
    PageRoute(f"{SESSION}/checkout", do=courses.check_out, open_to=CANDIDATE),
    PageRoute("/orders", show=paying.show_all, open_to=CANDIDATE),
    PageRoute(ORDER, show=paying.show, open_to=CANDIDATE),
    PageRoute(f"{ORDER}/pay", do=paying.pay, open_to=CANDIDATE),
    PageRoute(f"{ORDER}/refresh", do=paying.refresh, open_to=CANDIDATE),
    PageRoute(f"{ORDER}/cancel", do=paying.cancel, open_to=CANDIDATE),
    PageRoute(f"{ORDER}/qr", show=paying.qr, open_to=CANDIDATE),
    PageRoute("/account", show=account.show, open_to=CANDIDATE),
    PageRoute("/account/end", do=account.end_one, open_to=CANDIDATE),
    PageRoute("/account/end-all", do=account.end_all, open_to=CANDIDATE),
)
