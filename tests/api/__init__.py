"""The machine-readable contract: made from the code's types, committed under docs/, and held to the code by tests."""
