"""Parley on one machine, without Docker: `python -m standalone` (see `__main__.py`)."""
