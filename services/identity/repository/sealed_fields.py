"""Personal data in rows: each value encrypted and bound to its row and column, and what is looked up found by keyed
hashes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from chassis.security.encryption import BlindIndex, FieldCipher


def binding(row_id: str, column: str) -> str:
    """What a sealed value is bound to, so that two cannot be exchanged."""
    return f"{row_id}.{column}"


@dataclass(frozen=True, slots=True)
class FieldSealer:
    """Encrypts and decrypts single values."""

    cipher: FieldCipher
    index: BlindIndex

    def person_index(self, person_key: str) -> bytes:
        """By what a person is found."""
        return self.index.of(f"person:{person_key}")

    def ticket_index(self, ticket_number: str) -> bytes:
        """By what a ticket number is found as a login name."""
        return self.index.of(f"ticket:{ticket_number}")

    def phone_index(self, phone: str) -> bytes:
        """By what whoever has a phone on record is found (OP-3)."""
        return self.index.of(f"phone:{phone}")

    def caller_index(self, caller_key: str) -> bytes:
        """By what a person is found who gives a name and four characters (OP-3)."""
        return self.index.of(f"caller:{caller_key}")

    def address_index(self, address: str) -> bytes:
        """By what the codes to one phone or e-mail are counted."""
        return self.index.of(f"address:{address.lower()}")

    def paper_digest(self, candidate_id: str, said: Sequence[str]) -> bytes:
        """By what it is found that what papers say of a person has changed (EN-18)."""
        return self.index.of(f"paper:{json.dumps([candidate_id, *said])}")

    def backup_code_index(self, staff_id: str, code: str) -> bytes:
        """By what a backup code is kept and found."""
        return self.index.of(f"backup code:{staff_id}:{code}")

    def seal(self, row_id: str, column: str, text: str) -> bytes:
        """A value bound to its row and column."""
        return self.cipher.encrypt(text, context=binding(row_id, column))

    def unseal(self, row_id: str, column: str, stored: bytes | None) -> str:
        """The value again; empty where none is kept."""
        return "" if stored is None else self.cipher.decrypt(stored, context=binding(row_id, column))
