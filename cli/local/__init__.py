"""The servers a laptop and the tests need, brought along in wheels and started by us: PostgreSQL and Redis."""
