"""Messages on their way to candidates: rows of the outbox until they are handed over (EN-6, ID-17)."""

import json
from datetime import datetime
from typing import Final

from google.protobuf.wrappers_pb2 import BytesValue
from sqlalchemy import insert

from chassis.events import outbox as chassis_outbox
from services.identity.domain.authentication.recovery_contacts import Changed, Contact, RecoveryChange
from services.identity.domain.candidate_messages import Notice
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.mapping.candidate_messages import candidate_notified
from services.identity.repository.outbox_destinations import NOTICES, RECOVERY_CHANGES_TO_TELL
from services.identity.repository.repository_base import Repository
from services.identity.tables import outbox

COLUMN: Final = "recovery_change"
"""What the addresses in a row of the outbox are sealed as."""


class NoticeRepository(Repository):
    """What candidates are to be told."""

    async def add_notice(self, notice: Notice, at: datetime) -> None:
        """The notice is sent until it is handed over."""
        message = candidate_notified(notice)
        row = chassis_outbox.row(NOTICES, notice.candidate_id, message, at, event_id=notice.notice_id)
        await self._execution.execute(insert(outbox).values(row))

    async def add_recovery_change(self, change: RecoveryChange, at: datetime) -> None:
        """Everybody on record is told until the message is handed over. The addresses go along, sealed: the account has
        others by then.
        """
        if not change.told:
            return
        told = [(contact.channel.value, contact.address) for contact in change.told]
        text = json.dumps({"changed": change.changed.value, "shown": change.shown, "told": told})
        sealed = BytesValue(value=self._sealer.seal(change.candidate_id, COLUMN, text))
        row = chassis_outbox.row(RECOVERY_CHANGES_TO_TELL, change.candidate_id, sealed, at)
        await self._execution.execute(insert(outbox).values(row))

    def recovery_change_of(self, candidate_id: str, payload: bytes) -> RecoveryChange:
        """The change that a row of the outbox tells of."""
        sealed = BytesValue.FromString(payload).value
        stated = json.loads(self._sealer.unseal(candidate_id, COLUMN, sealed))
        told = [Contact(ContactChannel(channel), address) for channel, address in stated["told"]]
        return RecoveryChange(candidate_id, Changed(stated["changed"]), told, stated["shown"])
