"""The contracts served: parse, call one use case, map the answer."""
