"""Bank details for refunds, encrypted: each value bound to its order and column."""

from datetime import datetime
from typing import Final

from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from chassis.security.encryption import FieldCipher
from services.payment.domain.refunds import BankAccount

_SET: Final = sql("""
INSERT INTO refund_accounts (order_id, holder_cipher, number_cipher, bank_name, update_time)
VALUES (:order_id, :holder_cipher, :number_cipher, :bank_name, :now)
ON CONFLICT (order_id) DO UPDATE SET holder_cipher = excluded.holder_cipher, number_cipher = excluded.number_cipher,
  bank_name = excluded.bank_name, update_time = excluded.update_time
""")
_GET: Final = sql("SELECT holder_cipher, number_cipher, bank_name FROM refund_accounts WHERE order_id = :order_id")


class RefundAccountRepository:
    """Bank details in PostgreSQL."""

    def __init__(self, db: Database, cipher: FieldCipher) -> None:
        self._db = db.hot
        self._cipher = cipher

    async def set_account(self, order_id: str, account: BankAccount, *, now: datetime) -> None:
        """Records an account, in place of the one before."""
        holder = self._cipher.encrypt(account.holder_name, context=f"{order_id}.holder")
        number = self._cipher.encrypt(account.account_number, context=f"{order_id}.number")
        await self._db.execute(
            _SET,
            order_id=order_id,
            holder_cipher=holder,
            number_cipher=number,
            bank_name=account.bank_name,
            now=now,
        )

    async def find_account(self, order_id: str) -> BankAccount | None:
        """The account recorded for an order."""
        row = await self._db.fetch_one(_GET, order_id=order_id)
        if row is None:
            return None
        holder = self._cipher.decrypt(row["holder_cipher"], context=f"{order_id}.holder")
        number = self._cipher.decrypt(row["number_cipher"], context=f"{order_id}.number")
        return BankAccount(holder, number, row["bank_name"])
