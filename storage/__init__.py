"""The durable journal and everything that reads it."""
