"""Payment owns money: orders, payment attempts, refunds, receipts, bills, and the operator's queue for what no rule
settles.

Called by: the gateway (candidates, operators, the payment platform's notifications) and enrollment (CreateOrder,
GetOrder, SettleLateMoney, CreateRefund, CreateRefundBatch).
Calls: payment platforms and the receipt portal, through the ports `PaymentProvider` and `ReceiptPortal`. No other
service.
Events out, to enrollment: OrderPaid, OrderEndedUnpaid, OrderRefunded, LateMoneyArrived; to identity the first three,
OrderExpiring and ReceiptIssued. Events in: none.
"""
