"""The gRPC services of the edge, one module each."""
