"""The rules of identity, as pure functions over frozen data: no clock, no database, no protobuf."""
