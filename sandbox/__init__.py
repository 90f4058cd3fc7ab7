"""The outside world, simulated, as one process of its own (PA-13): what it answers is written down in docs/sandbox.md.

Rooms: `payments` (the public-payment platform), `register` (the police register with its pixel comparison),
`message_inbox` (text messages and e-mails), `receipt_portal`, `faults` (what goes wrong on demand), `pages` (what
people open). They share `storage` (one SQLite file) and `web` (HTTP). `portraits` draws invented people, for the
register, the journey and tests.

Nothing in the suite imports this package but the command line, `bench` and tests: services know it by its address.
"""
