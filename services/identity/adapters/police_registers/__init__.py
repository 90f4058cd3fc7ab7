"""Police registers (公安人像比对, ID-7).

`sandbox_register_client` asks the simulated one, `real_register_client` a real one.
"""
