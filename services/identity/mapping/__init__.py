"""Protobuf and domain: only here are both known."""
