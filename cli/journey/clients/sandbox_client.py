"""The outside world as the journey meets it: the sandbox's register, inbox and scan page, over HTTP like everything
else.
"""

import base64
import re
from dataclasses import dataclass
from typing import Any

from cli.demo.invented_people import Person
from cli.journey.clients.http_client import Caller, Json
from sandbox.portraits import portrait

CODE = re.compile(r"(?<=验证码)\d{6}(?!\d)")
ARRIVAL_SECONDS = 30.0
LOOK = "look into the inbox"


@dataclass(frozen=True, slots=True)
class SandboxClient:
    """A caller of the sandbox."""

    sandbox: Caller

    async def know(self, person: Person) -> None:
        """Puts a person into the police register with their portrait."""
        image = portrait(person.portrait_seed)
        body = {"name": person.name, "portrait_base64": base64.b64encode(image).decode()}
        path = f"/register/persons/{person.document_number}"
        await self.sandbox.call("seed the register", "PUT", path, json=body, status=204)

    async def received(self, address: str) -> int:
        """How many messages have arrived at a phone or e-mail address so far."""
        return len((await self.sandbox.get(LOOK, "/messages", to=address))["messages"])

    async def next_letter(self, address: str, seen: int, about: str) -> str:
        """Waits for a message with the words `about` after the `seen` ones and reads it; others may come in between."""

        def letters(inbox: Json) -> list[str]:
            return [text for message in _later(inbox, seen) if about in (text := str(message["text"]))]

        inbox = await self.sandbox.read_until(
            "receive the message",
            LOOK,
            "/messages",
            lambda present: bool(letters(present)),
            ARRIVAL_SECONDS,
            to=address,
        )
        return letters(inbox)[0]

    async def next_code(self, address: str, seen: int = 0) -> str:
        """Waits for a message with a code after the `seen` ones and reads the newest; others may come in between."""

        def codes(inbox: Json) -> list[str]:
            return [found.group() for message in _later(inbox, seen) if (found := CODE.search(message["text"]))]

        inbox = await self.sandbox.read_until(
            "receive the code", LOOK, "/messages", lambda present: bool(codes(present)), ARRIVAL_SECONDS, to=address
        )
        return codes(inbox)[0]

    async def press(self, step: str, order: Json, button: str, **content: Any) -> None:
        """Opens the page behind the QR code and presses a button: pay, hold or release."""
        path = f"/scan/{order['attempt']['platformTradeNo']}/{button}"
        await self.sandbox.call(step, "POST", path, headers={"accept": "application/json"}, **content)

    async def scan_and_pay(self, order: Json) -> None:
        """Opens the page behind the QR code and pays."""
        await self.press("scan and pay", order, "pay")

    async def scan_and_pay_though_closed(self, order: Json) -> None:
        """The platform lets money in on an order that it has closed, as real ones do (PA-6)."""
        await self.press("scan and pay though closed", order, "pay", json={"even_if_closed": True})

    async def issue_receipt(self, order_id: str) -> None:
        """The receipt portal is early: it issues the order's receipt at once."""
        await self.sandbox.call("issue the receipt", "POST", f"/receipts/{order_id}:issue")

    async def lose_notification(self, order: Json) -> None:
        """The platform's notification of this order's payment never arrives."""
        path = f"/faults/{order['attempt']['outTradeNo']}"
        await self.sandbox.call(
            "lose the notification", "PUT", path, json={"target": "notification", "kind": "LOST"}, status=None
        )


def _later(inbox: Json, seen: int) -> list[Json]:
    """The messages after the `seen` ones, the newest first."""
    return list(inbox["messages"][: len(inbox["messages"]) - seen])
