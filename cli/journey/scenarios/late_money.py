"""Late and double money (PA-6): one payment arrives after its order was cancelled and is attached, since the course is
still free; another arrives for an order that has been replaced, and goes back, once.
"""

from cli.journey.clients.http_client import Json, expect
from cli.journey.steps import candidate_steps, candidate_stories
from cli.journey.steps.candidate_steps import EVENT_SECONDS, Candidate
from cli.journey.steps.course_choice import Course
from cli.journey.steps.participants import Participants

BACK_SECONDS = 60.0


async def play(cast: Participants) -> None:
    """First the payment that is attached, then the one that goes back."""
    stage = cast.stage
    stage.tell("[bold]Money that comes late 迟到的款项[/bold]")
    candidate, registration = await candidate_stories.able_to_select(stage, cast.newcomer())
    ended = await ended_order(cast, candidate, registration, stage.choices.first[0])
    await stage.outside.scan_and_pay_though_closed(ended)
    await candidate_steps.becomes_effective(candidate, stage.session_id, ended["orderId"])
    stage.tell("Somebody had scanned the code before: the money arrives, the course is free, the order counts (PA-6).")
    await _two_devices(cast, candidate, registration)


async def _two_devices(cast: Participants, candidate: Candidate, registration: Json) -> None:
    stage = cast.stage
    stage.tell("[bold]Money that comes twice 重复的款项[/bold]")
    first = await ended_order(cast, candidate, registration, stage.choices.first[1])
    second = await candidate_stories.check_out_and_pay(stage, candidate, append_refused=False)
    await stage.outside.scan_and_pay_though_closed(first)
    stage.tell("The cancelled order's code is paid from another device as well (F-8).")
    back = await given_back(candidate, first)
    stage.tell(
        f"{int(back['refundedFen']) / 100:.2f} yuan went back by themselves: {back['guidance']['textEn']} (PA-6, PA-11)"
    )
    await _once(candidate, first)
    order = await candidate.caller.get("read the order", f"/v1/orders/{second['orderId']}")
    expect("read the order", "PAID", order["state"])
    stage.tell("The order that was paid first stays paid, and its course effective (F-8).")


async def ended_order(cast: Participants, candidate: Candidate, registration: Json, course: Course) -> Json:
    """An order whose QR code was shown and that was then cancelled: closed at the platform first (PA-3)."""
    stage = cast.stage
    await candidate_steps.select(candidate, registration["registrationId"], stage.session_id, course)
    checkout = await candidate_steps.check_out(candidate, stage.session_id)
    order = await candidate_steps.ask_for_qr(candidate, checkout)
    path = f"/v1/orders/{order['orderId']}:cancel"
    await candidate.caller.send("cancel the order", "POST", path, {})
    await _is_free_again(cast, candidate, course)
    stage.tell(f"{course.name} is checked out, its code shown, the order cancelled; the course is free again (PA-3).")
    return order


async def given_back(candidate: Candidate, order: Json) -> Json:
    """Waits until the late money of an order that ended is back, as the candidate sees it."""
    return await candidate.caller.read_until(
        "give the money back",
        "read the order",
        f"/v1/orders/{order['orderId']}",
        lambda seen: int(seen["refundedFen"]) == int(order["totalFen"]),
        BACK_SECONDS,
    )


async def _once(candidate: Candidate, order: Json) -> None:
    found = await candidate.caller.get("list the refunds", f"/v1/orders/{order['orderId']}/refunds")
    states = [(refund["state"], refund["reason"]) for refund in found["refunds"]]
    expect("list the refunds", [("SUCCEEDED", "SURPLUS_MONEY")], states)


async def _is_free_again(cast: Participants, candidate: Candidate, course: Course) -> None:
    await candidate.caller.read_until(
        "release the course",
        "read the overview",
        f"/v1/sessions/{cast.stage.session_id}/overview",
        lambda seen: (course.code, "DRAFT") in [(one["courseCode"], one["state"]) for one in seen["selections"]],
        EVENT_SECONDS,
    )
