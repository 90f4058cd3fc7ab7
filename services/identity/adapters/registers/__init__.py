"""Police registers (公安人像比对, ID-7): `sandbox` asks the simulated one, `police` a real one."""
