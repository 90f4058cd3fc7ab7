"""WeChat Pay v3, Native (PA-13): signatures and encryption by the SDK `wechatpayv3`, spoken over our own connections.

docs/providers.md says which part is whose, and why the SDK's client is not among them.
"""
