"""WeChat Pay v3, Native (PA-13): an adapter over its published HTTP rules, on httpx and cryptography.

Why no SDK: the one for Python that is kept well is synchronous, talks to one fixed address, reads whole bills into
memory and believes refusals that nobody has signed; what we need of it is less than what it would need around it.
"""
