"""What the performance figures come from: `make bench`.

A figure is worth something beside its baselines of the same run; a machine's times alone say little.
"""
