"""Everything that identity holds about a candidate (ID-20)."""

from collections.abc import AsyncIterator

from chassis.personal_data.export import File, export_rows
from services.identity.repository.personal_data.own_tables import OWN_TABLES
from services.identity.repository.repository_base import Repository


class OwnDataRepository(Repository):
    """The rows about one person."""

    def export_rows(self, candidate_id: str) -> AsyncIterator[File]:
        """Everything, table by table."""
        return export_rows(self._execution, OWN_TABLES, candidate_id, self._sealer.unseal)
