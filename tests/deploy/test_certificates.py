"""The copy of a certificate for the gateway."""

from pathlib import Path

import pytest

from deploy import certificates


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    given, copies = tmp_path / "given", tmp_path / "copies"
    given.mkdir()
    copies.mkdir()
    monkeypatch.setattr(certificates, "GIVEN", given)
    monkeypatch.setattr(certificates, "COPIES", copies)
    monkeypatch.setattr("os.chown", lambda *_: None)
    return given, copies


def test_both_files_are_copied_and_for_one_reader(folders: tuple[Path, Path]) -> None:
    given, copies = folders
    for name in certificates.FILES:
        (given / name).write_text(f"the {name}")
    assert certificates.main() == 0
    for name in certificates.FILES:
        assert (copies / name).read_text() == f"the {name}"
        assert (copies / name).stat().st_mode & 0o777 == 0o600


def test_a_missing_file_is_named(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    (folders[0] / "fullchain.pem").write_text("here")
    assert certificates.main() == 1
    assert "privkey.pem" in capsys.readouterr().err
