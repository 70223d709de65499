import re

from auth_service import codes


def test_a_code_has_256_random_bits_and_needs_no_escaping() -> None:
    made = {codes.new() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", code) for code in made)


def test_a_prefix_makes_a_code_recognisable() -> None:
    assert codes.new("parley_pat_").startswith("parley_pat_")


def test_what_is_stored_does_not_tell_the_code_and_is_the_same_each_time() -> None:
    code = codes.new()
    assert codes.hashed(code) == codes.hashed(code) != codes.hashed(codes.new())
    assert code not in codes.hashed(code)


def test_nothing_that_can_be_typed_is_an_error() -> None:
    for typed in ("", "\ud800", "x" * 10_000, "{$gt: ''}"):
        assert len(codes.hashed(typed)) == 64
