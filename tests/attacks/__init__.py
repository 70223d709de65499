"""Parley's accounts as an attacker sees them: one file for each kind of attack, against the services as they run.

What a single part has to refuse is tested beside that part (tests/chassis/test_forged_tokens.py and
test_browser_security.py, tests/auth_service/test_throttle.py and test_proofs.py ...); here is what has to hold when all
of them are put together.
"""
