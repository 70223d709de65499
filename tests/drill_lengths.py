"""How long the drills with real servers go on: as docs/reliability.md names it with FULL_DRILLS=1, else for a moment.

What is short is short enough for the suite; the full length takes minutes more, and is for before a release.
"""

import os

FULL = bool(os.environ.get("FULL_DRILLS"))
BROKER_KILLS = 20 if FULL else 3
BROKER_AWAY_SECONDS = 60.0 if FULL else 3.0
