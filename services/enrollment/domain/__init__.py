"""The rules of enrollment, as pure functions over frozen data: no clock, no database, no protobuf."""
