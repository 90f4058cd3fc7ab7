"""Which topic of a guide says what a page is for, by the page's address in its table. A test names those left out."""

from collections.abc import Mapping
from typing import Final

CANDIDATE_PAGES: Final[Mapping[str, str]] = {
    "/": "preparation",
    "/login": "first-login",
    "/announcements": "contact",
    "/password": "account",
    "/recovery": "lost-access",
    "/recovery/{password_recovery_id}": "lost-access",
    "/phone-changes": "lost-access",
    "/phone-changes/{phone_change_id}": "lost-access",
    "/register": "registration",
    "/registrations/new": "registration",
    "/registrations/{registration_id}/plan": "courses",
    "/details": "registration",
    "/details/check": "registration",
    "/phone": "registration",
    "/email": "lost-access",
    "/photo": "photo",
    "/correction": "photo",
    "/cases": "proofs",
    "/cases/{case_id}": "proofs",
    "/sessions/{session_id}/notice": "before-courses",
    "/sessions/{session_id}/questionnaire": "before-courses",
    "/sessions/{session_id}/district": "before-courses",
    "/courses": "courses",
    "/sessions/{session_id}/courses": "courses",
    "/orders": "payment",
    "/orders/{order_id}": "payment",
    "/orders/{order_id}/refunds": "refunds",
    "/papers": "papers",
    "/papers/check": "papers",
    "/messages": "messages",
    "/account": "account",
    "/account/looks": "account",
    "/account/data": "data",
    "/account/erasure": "data",
}

REVIEWER_PAGES: Final[Mapping[str, str]] = {
    "/console": "queue",
    "/console/cases/{case_id}": "desk",
    "/console/second-reviews": "second-reviews",
    "/console/second-reviews/{case_id}/{submission:int}": "second-reviews",
    "/console/candidates": "corrections",
    "/console/candidates/{candidate_id}": "corrections",
    "/console/figures": "figures",
    "/console/practice": "practice",
    "/console/practice/{session_id}": "practice",
    "/proof": "login",
    "/security": "login",
    "/security/logins": "login",
}

TOPICS_OF_PAGES: Final[Mapping[str, Mapping[str, str]]] = {"candidate": CANDIDATE_PAGES, "reviewer": REVIEWER_PAGES}
"""By the guide that has the topics."""
