"""A judgement as both kinds of review send it."""

from gateway.web.form import Form


def reason_of(form: Form) -> int:
    """The reason of a decision; one chosen beside an approval is left out, since it says why not."""
    return form.number("reason") if form["verdict"] != "1" else 0
