"""The simulated market: days, sessions and variance of correlated symbols, pure functions of a seed."""
