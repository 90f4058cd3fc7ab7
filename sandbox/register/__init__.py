"""The simulated police register (公安人像比对, ID-7): `likeness` compares portraits, `api` is asked."""
