"""The candidate portal (GW-1): from the notice to "paid, effective", on a phone, without scripts if need be.

One module per group of pages; `routes.PAGES` is the explicit table of addresses.
"""
