"""Bank details for refunds, encrypted: each value bound to its order and column."""

from datetime import datetime
from typing import Final

from chassis.postgres.database import Database
from chassis.security.encryption import FieldCipher
from services.payment.domain.refund import BankAccount

_SET: Final = """
INSERT INTO refund_accounts (order_id, holder_cipher, number_cipher, bank_name, update_time)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (order_id) DO UPDATE SET holder_cipher = excluded.holder_cipher, number_cipher = excluded.number_cipher,
  bank_name = excluded.bank_name, update_time = excluded.update_time
"""
_GET: Final = "SELECT holder_cipher, number_cipher, bank_name FROM refund_accounts WHERE order_id = $1"


class AccountRepository:
    """Adapter for the port `Accounts`."""

    def __init__(self, db: Database, cipher: FieldCipher) -> None:
        self._db = db.driver
        self._cipher = cipher

    async def set(self, order_id: str, account: BankAccount, *, now: datetime) -> None:
        """As the port says."""
        holder = self._cipher.encrypt(account.holder_name, context=f"{order_id}.holder")
        number = self._cipher.encrypt(account.account_number, context=f"{order_id}.number")
        await self._db.execute(_SET, order_id, holder, number, account.bank_name, now)

    async def of_order(self, order_id: str) -> BankAccount | None:
        """As the port says."""
        row = await self._db.fetchrow(_GET, order_id)
        if row is None:
            return None
        holder = self._cipher.decrypt(row["holder_cipher"], context=f"{order_id}.holder")
        number = self._cipher.decrypt(row["number_cipher"], context=f"{order_id}.number")
        return BankAccount(holder, number, row["bank_name"])
