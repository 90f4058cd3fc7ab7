"""The image, and what runs it, on a container engine of this machine (OP-6)."""
