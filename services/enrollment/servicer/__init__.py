"""The services of enrollment on the wire: parse, call the use case, map."""
