"""Identity owns the person.

It owns: accounts and documents, personal details, portraits and their correction, the identity check (face match),
phones and e-mails with their codes, passwords, login sessions and tokens, and the accounts of reviewers and operators.
Called by: the gateway (candidates, reviewers, operators), enrollment (a fresh standing).
Calls: review (open a case, hand in phone changes and corrections, note who looks at a portrait); the police register,
the message sender and the blob store through ports.
Events in: TicketNumberIssued (enrollment): a further name to log in with; RegistrationWindowChanged (enrollment): when
a phone may be changed by a code; CandidateNotified (enrollment): what a candidate is to be told; CaseDecided (review):
what a reviewer found.
Events out: StandingChanged (enrollment).
"""
