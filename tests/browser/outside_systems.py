"""The outside world, as somebody at a browser meets it: their face in the register, their messages, the bank."""

import base64
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from cli.demo.invented_people import Person
from tests.support.wait_until import PATIENCE_SECONDS

CODE = re.compile(r"(?<=验证码)\d{6}(?!\d)")


@dataclass(frozen=True, slots=True)
class OutsideSystems:
    """The sandbox."""

    http: httpx.Client

    def know(self, person: Person, portrait: bytes) -> None:
        """Puts a person into the register."""
        body = {"name": person.name, "portrait_base64": base64.b64encode(portrait).decode()}
        self.http.put(f"/register/persons/{person.document_number}", json=body).raise_for_status()

    def received(self, address: str) -> int:
        """How many messages a phone or an e-mail address has had."""
        return len(self.http.get("/messages", params={"to": address}).json()["messages"])

    def code_for(self, address: str, *, beyond: int = 0) -> str:
        """The code in the newest message with one to an address, after the first `beyond`."""
        found = CODE.search(self.letter_to(address, "验证码", beyond=beyond))
        assert found, "no code has arrived"
        return found.group()

    def letter_to(self, address: str, about: str, *, beyond: int = 0) -> str:
        """The newest message with the words `about` to an address, after the first `beyond`: others may come too."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            messages = self.http.get("/messages", params={"to": address}).json()["messages"]
            texts = [str(message["text"]) for message in messages[: len(messages) - beyond]]
            if letters := [text for text in texts if about in text]:
                return letters[0]
            time.sleep(0.05)
        raise AssertionError("no message has arrived")

    def pay(self, pay_url: str) -> None:
        """Presses pay on the page behind the QR code."""
        self.http.post(f"{pay_url}/pay", headers={"accept": "application/json"}).raise_for_status()

    @contextmanager
    def trouble(self, target: str, kind: str) -> Iterator[None]:
        """Something of the outside world goes wrong, for everybody, for the length of a block."""
        self.http.put("/faults/global", json={"target": target, "kind": kind}).raise_for_status()
        try:
            yield
        finally:
            self.http.delete("/faults/global").raise_for_status()
