"""The outside world, simulated, as one process of its own (PA-13): what it answers is written down in docs/sandbox.md.

Rooms: `payments` (the public-payment platform), `register` (the police register with its pixel comparison), `messages`
(text messages and e-mails), `receipts` (the receipt portal), `faults` (what goes wrong on demand), `pages` (what people
open). They share `store` (one SQLite file), `signing`, `errors` and `http`. `portraits` draws invented people, for the
register, the journey and tests.

Nothing in the suite imports this package but the command line, `bench` and tests: services know it by its address.
"""
