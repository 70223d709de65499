import datetime as dt
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from honcho.printer import Message

from standalone import journal as journal_module
from standalone.journal import Journal, severe_line
from standalone.keep import MARK

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ERROR = json.dumps({"level": "error", "event": "no room", "error": "disk\nfull"})


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path, verbose=False, first_line=lambda: None)) as made:
        made.starting = False
        yield made


def _line(data: str | bytes, name: str = "auth") -> Message:
    return Message(type="line", data=data, time=NOW, name=name, colour=None)


def test_everything_goes_into_a_file_of_its_part(journal: Journal, tmp_path: Path) -> None:
    journal.write(_line(b"hello \xff\n"))
    journal.write(_line(b"and chat\n", "chat-1"))
    journal.close()
    assert (tmp_path / "auth.log").read_text() == "hello \ufffd\n"
    assert (tmp_path / "chat-1.log").read_text() == "and chat\n"


def test_the_terminal_stays_quiet_but_for_errors(journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    for line in ("plain", '{"level": "info", "event": "fine"}', ERROR, '{"level": 5}', "{broken"):
        journal.write(_line(line))
    journal.write(_line("auth started (pid=1)", "system"))
    assert capsys.readouterr().out == "! auth: no room disk full\n"


def test_the_same_error_again_is_not_shown_again_at_once(journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        journal.write(_line(ERROR))
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("state", ["starting", "stopping"])
def test_parts_that_miss_each_other_at_start_and_stop_are_no_news(
    journal: Journal, capsys: pytest.CaptureFixture[str], state: str
) -> None:
    setattr(journal, state, True)
    journal.write(_line(ERROR))
    assert capsys.readouterr().out == ""


def test_verbose_shows_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Journal(tmp_path, verbose=True, first_line=lambda: None)) as journal:
        journal.write(_line("plain"))
    assert "plain" in capsys.readouterr().out


def test_a_restart_is_shown_and_giving_up_is_remembered(journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    journal.write(_line(f"{MARK}was ended by SIGKILL, starting it again\n"))
    journal.write(_line(f"{MARK}gave up: ended with exit code 1\n"))
    assert capsys.readouterr().out == "! auth was ended by SIGKILL, starting it again\n"
    assert journal.gave_up == {"auth": "gave up: ended with exit code 1"}


def test_the_last_lines_are_kept_for_the_one_who_asks_why(journal: Journal) -> None:
    for number in range(100):
        journal.write(_line(str(number)))
    assert journal.last_lines("auth") == [str(number) for number in range(100 - journal_module.LAST_LINES, 100)]
    assert journal.last_lines("nobody") == []


def test_a_log_does_not_grow_for_ever(journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "LOG_MAX_BYTES", 1000)
    for number in range(1000):
        journal.write(_line(f"line {number}"))
    journal.close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2200
    assert (tmp_path / "auth.log").read_text().splitlines()[-1] == "line 999"


def test_the_first_line_is_told_once(tmp_path: Path) -> None:
    told: list[bool] = []
    with closing(Journal(tmp_path, verbose=False, first_line=lambda: told.append(True))) as journal:
        journal.write(_line("one"))
        journal.write(_line("two"))
    assert told == [True]


def test_a_severe_line_is_cut_to_one_that_fits() -> None:
    assert len(severe_line(json.dumps({"level": "critical", "event": "x" * 5000}))) == journal_module.MAX_SHOWN_CHARS
    assert severe_line("not json") == ""
