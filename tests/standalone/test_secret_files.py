import base64
from pathlib import Path

import pytest

from standalone.secret_files import SECRET_BYTES, secret, write_private


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    assert secret(tmp_path, "auth_secret") == secret(tmp_path, "auth_secret")
    assert secret(tmp_path, "auth_secret") != secret(tmp_path, "another")


def test_a_secret_is_32_bytes_in_url_safe_base64(tmp_path: Path) -> None:
    made = secret(tmp_path, "auth_secret")
    assert len(base64.urlsafe_b64decode(made + "=" * (-len(made) % 4))) == SECRET_BYTES


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o755)
    secret(folder, "auth_secret")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "auth_secret").stat().st_mode & 0o777 == 0o600


def test_an_empty_file_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "auth_secret").write_text("\n")
    assert secret(tmp_path, "auth_secret")


def test_a_write_that_fails_half_way_leaves_the_old_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_private(tmp_path / "it", "old")

    def fail(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_private(tmp_path / "it", "new")
    assert (tmp_path / "it").read_text() == "old"
    monkeypatch.undo()
    write_private(tmp_path / "it", "new")
    assert (tmp_path / "it").read_text() == "new"
