"""Payment owns money: orders, payment attempts, refunds, receipts, bills, and the operator's queue for what no rule
settles.

Called by: the gateway (candidates, operators, the payment platform's notifications) and enrollment (CreateOrder,
CancelOrder, CreateRefund).
Calls: the payment platform, through the port `PaymentProvider`. No other service.
Events out, to enrollment: OrderPaid, OrderEndedUnpaid, OrderRefunded, LateMoneyArrived. Events in: none.
"""
