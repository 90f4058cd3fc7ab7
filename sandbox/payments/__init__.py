"""The simulated public-payment platform (公共支付).

What is decided (`order_states`), what is remembered (`order_storage`, `notification_deliveries`, `daily_bills`), what
is done (`operations`), what is told to merchants unasked (`notification_sender`), and how all of it is asked for
(`merchant_api` for merchants, `pay_page_buttons` for people and tools). `signatures` prove who sent what.
"""
