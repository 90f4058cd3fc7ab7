"""The front door: every public RPC as HTTP and JSON, read off the contracts (GW-1).

It holds no business rule and no state (GW-2): a request is matched to an RPC by its `google.api.http` annotation,
converted to protobuf, passed on with the caller's token, and answered with the RPC's answer as JSON or with its
refusal as `application/problem+json` (GW-3).
"""
