"""The API's reference for people and tools: every operation with its words, and the OpenAPI document."""
