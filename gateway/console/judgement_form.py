"""A judgement as both kinds of review send it."""

from typing import Any

from gateway.web.forms import Form


def judgement(form: Form) -> dict[str, Any]:
    """The fields of a decision; a reason chosen beside an approval is left out, since it says why not."""
    verdict = form.number("verdict")
    reason = form.number("reason") if form["verdict"] != "1" else 0
    return {"verdict": verdict, "reason": reason, "note": form["note"], "request_id": form["request_id"]}
