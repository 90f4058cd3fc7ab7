"""A filed statement is verified with the public key and nothing else (PA-10)."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner

from cli.main import app
from services.payment.adapters.statement_signing import KeySigner
from services.payment.domain.reconciliation import Day, Difference, DifferenceKind, Totals, drawn_up
from services.payment.mapping.statements import as_json

NOW = datetime(2026, 10, 13, 2, tzinfo=UTC)


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def filed(tmp_path, key):
    """A statement as an operator files it."""
    difference = Difference(DifferenceKind.NOT_ON_BILL, "t-1", order_fen=7000)
    totals = Totals(order_count=1, order_paid_fen=7000, difference_count=1)
    said = drawn_up(Day("sandbox", date(2026, 10, 12)), totals, [difference], NOW)
    signer = KeySigner("payment", key)
    signed = as_json(replace(said, key_id=signer.key_id, signature=signer.sign(said.document)))
    file = tmp_path / "statement.json"
    file.write_bytes(signed.data)
    return file


@pytest.fixture
def public(tmp_path, key):
    return write_public(tmp_path / "payment.pub.pem", key)


def write_public(file, key):
    file.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return file


def verify(file, *keys):
    options = [part for key in keys for part in ("--key", str(key))]
    return CliRunner().invoke(app, ["verify", "statement", str(file), *options])


def test_a_filed_statement_verifies_however_it_is_laid_out(filed, public):
    said = verify(filed, public)
    assert said.exit_code == 0, said.output
    assert "UNBALANCED" in said.output
    filed.write_text(json.dumps(json.loads(filed.read_text()), indent=2, ensure_ascii=False))
    assert verify(filed, public).exit_code == 0


def test_a_changed_statement_does_not(filed, public):
    filed.write_text(filed.read_text().replace("7000", "7001"))
    said = verify(filed, public)
    assert said.exit_code == 1
    assert "has been changed" in said.output


def test_another_key_is_said_to_be_another(filed, public, tmp_path):
    stranger = write_public(tmp_path / "stranger.pub.pem", Ed25519PrivateKey.generate())
    said = verify(filed, stranger)
    assert said.exit_code == 1
    assert "the keys given are" in said.output
    assert verify(filed, stranger, public).exit_code == 0


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"statement": {}, "keyId": "", "signature": "?"}'])
def test_what_is_no_statement_is_said_to_be_none(filed, public, content):
    filed.write_text(content)
    said = verify(filed, public)
    assert said.exit_code == 1
    assert "not a filed statement" in said.output
