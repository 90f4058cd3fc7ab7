"""The operators' pages: sessions, imports, money to settle, statements, staff, the audit log (OP-1)."""
