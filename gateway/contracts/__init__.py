"""The contracts as the gateway reads them off the descriptor image that `make gen` writes."""
