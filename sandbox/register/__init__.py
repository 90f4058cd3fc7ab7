"""The simulated police register (公安人像比对, ID-7): `portrait_comparison` compares portraits, `routes` is asked."""
