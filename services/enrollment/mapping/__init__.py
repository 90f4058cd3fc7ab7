"""Protobuf to domain and back, only here: the catalogue, the candidate's things, and what goes to other services."""
