"""What all pages share: who is browsing, in which language, forms and their tokens, templates, assets.

A handler takes a `Page` and answers with a response. `page_endpoint` gives it one whose visitor is known and whose
form, if there is one, was sent by our own page; it also renders what the handler refuses. Pages call the same RPCs as
the API and hold no rule (GW-2).
"""
