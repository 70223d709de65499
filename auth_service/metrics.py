"""What the auth service counts."""

from prometheus_client import Counter

REFRESH_REUSED = Counter("parley_refresh_reused_total", "Sessions ended because two used one refresh token")
SIGN_INS_FAILED = Counter("parley_sign_ins_failed_total", "Sign-ins refused", ["reason"])
THROTTLED = Counter("parley_throttled_total", "Attempts refused unexamined because there were too many", ["limit"])
