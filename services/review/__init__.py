"""Review owns cases that people decide: materials, claims, decisions, and the audit log of all of it (RE-1 to RE-9).

Called by: the gateway (candidates, reviewers, operators), identity (cases, and looks to admit) and enrollment (cases).
Calls: no other service.
Events out: CaseDecided, to identity for what concerns the person, to enrollment for what concerns a registration.
Events in: none.
"""
