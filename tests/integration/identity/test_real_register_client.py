"""A real police register over HTTP, as docs/police-register.md has it (ID-7), and what is no answer (F-18)."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from zikao.identity.v1 import resources_pb2

from chassis.clock import ManualClock, SystemClock
from chassis.external_systems.passive_health import Monitor, Role
from services.identity.adapters.police_registers.real_register_client import real_register
from services.identity.config import Config, PoliceConfig
from services.identity.domain.documents import DocumentType, parse
from services.identity.domain.identity_checks import RegisterAnswer
from services.identity.errors import RegisterUnavailable
from services.identity.ports.face_matcher import RegisterQuestion
from tests.integration.identity import people
from tests.integration.identity.neighbours import Neighbours
from tests.integration.identity.outside_systems import OutsideSystems
from tests.integration.identity.world import served
from tests.support.free_port import free_port
from tests.support.refusals import refusal_of

SECRET = "a secret between two parties"
CLIENT = "zikao"
MONITOR = Monitor(Role.POLICE_REGISTER, "", SystemClock())


@dataclass
class Register:
    """The other side, written from the document alone. `say` makes the answer of a question."""

    say: Callable[[dict[str, Any]], bytes | Awaitable[bytes]]
    questions: list[dict[str, Any]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        head = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        body = await reader.readexactly(int(head["content-length"]))
        assert lines[0] == "POST /base/v1/face-comparisons HTTP/1.1"
        self.heads.append(head)
        question = json.loads(body)
        self.questions.append(question)
        signed = "\n".join(
            (
                "POST",
                "/v1/face-comparisons",
                head["x-timestamp"],
                question["comparisonId"],
                hashlib.sha256(body).hexdigest(),
            )
        )
        assert head["x-signature"] == hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).hexdigest()
        said = self.say(question)
        writer.write(said if isinstance(said, bytes) else await said)
        await writer.drain()

    @asynccontextmanager
    async def open(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=tls)
        async with server:
            port = server.sockets[0].getsockname()[1]
            yield f"{'https' if tls else 'http'}://127.0.0.1:{port}/base/"


def http(status: int, body: bytes, *headers: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status} -", f"content-length: {len(body)}", *headers))
    return head.encode() + b"\r\n" + body


def answering(outcome: str, **other: object) -> Callable[[dict[str, Any]], bytes]:
    def say(question: dict[str, Any]) -> bytes:
        answer = {"comparisonId": question["comparisonId"], "outcome": outcome, **other}
        return http(200, json.dumps(answer).encode(), "content-type: application/json")

    return say


def somebody() -> RegisterQuestion:
    number = people.resident_number()
    return RegisterQuestion(parse(DocumentType.RESIDENT_CARD, number, today=date(2026, 11, 24)), "张三", b"a portrait")


def access(url: str, **values: Any) -> PoliceConfig:
    return PoliceConfig(
        **{"url": url, "client_id": CLIENT, "secret": SECRET, "timeout": timedelta(seconds=1), **values}
    )


async def asked(register: Register, clock: ManualClock, **values: Any) -> RegisterAnswer:
    async with register.open() as url, real_register(access(url, **values), MONITOR, clock) as port:
        return await port.match(somebody())


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        ("SAME_PERSON", RegisterAnswer.MATCH),
        ("DIFFERENT_PERSON", RegisterAnswer.MISMATCH),
        ("NOT_ON_RECORD", RegisterAnswer.UNKNOWN_PERSON),
    ],
)
async def test_each_answer_is_understood(outcome: str, answer: RegisterAnswer, clock: ManualClock) -> None:  # ID-7
    assert await asked(Register(answering(outcome, similarity=0.93, more="that is new")), clock) is answer


async def test_the_question_is_as_documented(clock: ManualClock) -> None:  # ID-7
    register, who = Register(answering("SAME_PERSON")), somebody()
    async with register.open() as url, real_register(access(url), MONITOR, clock) as port:
        for _ in range(2):
            await port.match(who)
    first, second = register.questions
    assert first["comparisonId"] != second["comparisonId"]
    assert {name: first[name] for name in ("documentType", "documentNumber", "name")} == {
        "documentType": "RESIDENT_CARD",
        "documentNumber": who.document.number,
        "name": "张三",
    }
    assert base64.b64decode(first["portrait"]["base64"]) == b"a portrait"
    assert (register.heads[0]["x-client-id"], register.heads[0]["content-type"]) == (CLIENT, "application/json")
    assert register.heads[0]["x-timestamp"] == str(int(clock.now().timestamp()))


async def dripping(_question: dict[str, Any]) -> bytes:
    await asyncio.Event().wait()
    return b""


NO_ANSWERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "an outage": lambda _: http(503, b""),
    "a wrong signature": lambda _: http(401, b"{}"),
    "a redirect": lambda _: http(307, b"", "location: http://192.0.2.1/"),
    "the end of the connection": lambda _: b"",
    "half an answer": lambda _: b"HTTP/1.1 200 -\r\ncontent-length: 50\r\n\r\n{",
    "no JSON": lambda _: http(200, b"<html>\xff"),
    "no object": lambda _: http(200, b"[]"),
    "no outcome": lambda question: http(200, json.dumps({"comparisonId": question["comparisonId"]}).encode()),
    "an outcome nobody knows": answering("CANNOT_COMPARE"),
    "the answer to another question": lambda _: http(200, b'{"comparisonId": "1", "outcome": "DIFFERENT_PERSON"}'),
    "more than an answer": lambda question: answering("DIFFERENT_PERSON", padding="x" * 70_000)(question),
    "silence": dripping,
}


@pytest.mark.parametrize("what", NO_ANSWERS)
async def test_what_is_no_answer_is_not_a_try(what: str, clock: ManualClock) -> None:  # F-18
    with pytest.raises(RegisterUnavailable) as unavailable:
        await asked(Register(NO_ANSWERS[what]), clock, timeout=timedelta(seconds=0.5))
    assert unavailable.value.retry_after == timedelta(seconds=30)


async def test_an_answer_that_drips_steadily_is_too_slow(clock: ManualClock) -> None:  # F-18
    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 -\r\ncontent-length: 10000\r\n\r\n")
        with suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)  # Its pace is what this register is about.
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with real_register(access(url, timeout=timedelta(seconds=0.3)), MONITOR, clock) as port:
            with pytest.raises(RegisterUnavailable):
                await port.match(somebody())


async def test_nobody_listening_is_not_a_try_and_operators_hear_of_it(clock: ManualClock) -> None:  # F-18, OP-2
    monitor = Monitor(Role.POLICE_REGISTER, "", clock)
    async with real_register(access(f"http://127.0.0.1:{free_port()}"), monitor, clock) as port:
        with pytest.raises(RegisterUnavailable):
            await port.match(somebody())
    assert (monitor.failing_since_time, monitor.failure) == (clock.now(), "ConnectError")


@pytest.mark.parametrize(
    ("said", "wait"), [("7", 7), ("86400", 600), ("Wed, 21 Oct 2026 07:28:00 GMT", 30), ("-1", 30)]
)
async def test_the_register_says_how_long_to_wait(said: str, wait: int, clock: ManualClock) -> None:  # F-18
    with pytest.raises(RegisterUnavailable) as unavailable:
        await asked(Register(lambda _: http(429, b"", f"retry-after: {said}")), clock)
    assert unavailable.value.retry_after == timedelta(seconds=wait)


async def test_nothing_that_identifies_a_person_is_logged(
    clock: ManualClock, capfd: pytest.CaptureFixture[str]
) -> None:  # OP-2
    who = somebody()
    for say in NO_ANSWERS.values():
        register = Register(say)
        async with (
            register.open() as url,
            real_register(access(url, timeout=timedelta(seconds=0.2)), MONITOR, clock) as port,
        ):
            with pytest.raises(RegisterUnavailable):
                await port.match(who)
    told = re.sub(r"\s", "", "".join(capfd.readouterr()))
    assert not [secret for secret in (who.document.number, who.name, SECRET) if secret in told]


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, private


async def test_both_sides_may_show_certificates(clock: ManualClock, tmp_path: Path) -> None:  # ID-7
    theirs, ours = certificate(tmp_path, "register"), certificate(tmp_path, "zikao")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*theirs)
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(ours[0])
    register = Register(answering("SAME_PERSON"))
    async with register.open(tls) as url:
        known = access(url, ca_file=theirs[0], cert_file=ours[0], key_file=ours[1])
        async with real_register(known, MONITOR, clock) as port:
            assert await port.match(somebody()) is RegisterAnswer.MATCH
        for stranger in (access(url, ca_file=theirs[0]), access(url, cert_file=ours[0], key_file=ours[1])):
            async with real_register(stranger, MONITOR, clock) as port:
                with pytest.raises(RegisterUnavailable):
                    await port.match(somebody())
    assert len(register.questions) == 1


async def test_the_configuration_chooses_the_register(
    config: Config, clock: ManualClock, outside: OutsideSystems, neighbours: Neighbours
) -> None:  # ID-7
    outcomes = deque(["DIFFERENT_PERSON", "CANNOT_COMPARE", "NOT_ON_RECORD", "SAME_PERSON"])
    register = Register(lambda question: answering(outcomes.popleft())(question))
    async with register.open() as url:
        chosen = config.model_copy(update={"police": access(url)})
        async with served(chosen, clock, outside, neighbours) as world:
            caller = await world.visitor.register()
            await caller.upload()
            assert (await caller.check()).match_tries_left == 2
            assert (await refusal_of(caller.check())).reason == "REGISTER_UNAVAILABLE"
            assert (await caller.check()).match_tries_left == 1
            assert (await caller.check()).identity_state == resources_pb2.VERIFIED
    assert outside.questions == []
