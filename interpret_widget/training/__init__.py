"""What a model relies on while it trains: one recorder, and one callback for each training library."""
