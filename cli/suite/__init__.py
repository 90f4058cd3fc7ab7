"""The whole suite on one machine: PostgreSQL, migrations, four services, gateway and sandbox, started in order,
watched, stopped together.
"""
