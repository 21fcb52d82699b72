"""The edge: gRPC and everything outside the trading path."""
