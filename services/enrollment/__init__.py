"""Enrollment owns a person's relation to schools.

It owns: the catalogue (schools, majors, plans, sessions, sittings, districts, texts), registrations and their ticket
numbers, pledges, questionnaires, selections, checkouts, and what is effective.
Called by: the gateway (candidates, operators, schools).
Calls: identity (a fresh standing when a gate would refuse), payment (orders and refunds), review (cases).
Events in: StandingChanged (identity); OrderPaid, OrderEndedUnpaid, OrderRefunded, LateMoneyArrived (payment);
CaseDecided (review).
Events out: TicketNumberIssued, RegistrationWindowChanged, CandidateNotified (identity).
"""
