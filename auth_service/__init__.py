"""People, passwords, sessions and the keys that sign their tokens."""
