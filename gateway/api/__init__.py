"""The API (GW-1): every public RPC as HTTP and JSON, server-sent events and an OpenAPI document."""
