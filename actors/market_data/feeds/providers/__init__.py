"""Live feeds of market data providers: one frame, one codec per provider."""
