"""Police registers (公安人像比对, ID-7): `sandbox_register` asks the simulated one, `real_register` a real one."""
