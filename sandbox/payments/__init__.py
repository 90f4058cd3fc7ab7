"""The simulated public-payment platform (公共支付).

What is decided (`orders`), what is remembered (`ledger`, `deliveries`, `bills`), what is done (`platform`), what is
told to merchants unasked (`courier`), and how all of it is asked for (`api` for merchants, `counter` for people and
tools).
"""
