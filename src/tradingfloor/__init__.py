"""A paper-trading engine built of supervised actors over a durable journal."""
