"""The outside world as the journey meets it: the sandbox's register, inbox and scan page, over HTTP like everything
else.
"""

import base64
import re
from dataclasses import dataclass

from cli.journey.http import Caller, Json, eventually
from cli.journey.people import Person

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
CODE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Outside:
    """A caller of the sandbox."""

    sandbox: Caller

    async def know(self, person: Person, portrait: bytes) -> None:
        """Puts a person into the police register with a reference portrait."""
        body = {"name": person.name, "portrait_base64": base64.b64encode(portrait).decode()}
        path = f"/register/persons/{person.document_number}"
        await self.sandbox.call("seed the register", "PUT", path, json=body, status=204)

    async def code_for(self, address: str) -> str:
        """Waits for a message to a phone or e-mail address and reads the code in it."""

        async def look() -> Json:
            return await self.sandbox.get("look into the inbox", "/messages", to=address)

        seen = await eventually(
            "receive the code", self.sandbox.meter, look, lambda inbox: bool(inbox["messages"]), CODE_SECONDS
        )
        found = CODE.search(seen["messages"][0]["text"])
        return found.group() if found else ""

    async def scan_and_pay(self, order: Json) -> None:
        """Opens the page behind the QR code and presses pay."""
        await self.sandbox.call(
            "scan and pay",
            "POST",
            f"/scan/{order['attempt']['platformTradeNo']}/pay",
            headers={"accept": "application/json"},
        )

    async def scan_and_pay_though_closed(self, order: Json) -> None:
        """The platform lets money in on an order that it has closed, as real ones do (PA-6)."""
        await self.sandbox.call(
            "scan and pay though closed",
            "POST",
            f"/scan/{order['attempt']['platformTradeNo']}/pay",
            json={"even_if_closed": True},
            headers={"accept": "application/json"},
        )

    async def issue_receipt(self, order_id: str) -> None:
        """The receipt portal is early: it issues the order's receipt at once."""
        await self.sandbox.call("issue the receipt", "POST", f"/receipts/{order_id}:issue")

    async def lose_notification(self, order: Json) -> None:
        """The platform's notification of this order's payment never arrives."""
        path = f"/faults/{order['attempt']['outTradeNo']}"
        await self.sandbox.call(
            "lose the notification", "PUT", path, json={"target": "notification", "kind": "LOST"}, status=None
        )
