"""The simulated public-payment platform: what is decided (`orders`), what is remembered (`ledger`, `bills`), what is told to
merchants (`notifications`), and how all of it is asked for (`api` for merchants, `counter` for people and tools).
"""
