"""Every alert is raised when it should be and not on a quiet day, by Prometheus's own test tool."""

import re
import shutil
import subprocess
from pathlib import Path

import yaml

from tests.conftest import missing
from tests.k8s import rendered

MONITORING = rendered.K8S / "monitoring"
PROMTOOL_TIMEOUT_SECONDS = 60


def test_alerts_are_raised_when_they_should_be(tmp_path: Path) -> None:
    shutil.copy(MONITORING / "rules_test.yaml", tmp_path)
    _write_rules(tmp_path)
    assert "SUCCESS" in _promtool(tmp_path, "test", "rules", "rules_test.yaml")


def test_prometheus_takes_the_configuration(tmp_path: Path) -> None:
    shutil.copy(MONITORING / "prometheus.yml", tmp_path)
    _write_rules(tmp_path)
    assert "SUCCESS: 1 rule files found" in _promtool(tmp_path, "check", "config", "prometheus.yml")


def test_every_alert_is_raised_by_a_test() -> None:
    rules = (MONITORING / "rules.yaml").read_text()
    raised = {
        test["alertname"]
        for group in yaml.safe_load((MONITORING / "rules_test.yaml").read_text())["tests"]
        for test in group.get("alert_rule_test", [])
        if test["exp_alerts"]
    }
    assert raised == set(re.findall(r"- alert: (\w+)", rules))


def _write_rules(folder: Path) -> None:
    """As docker-compose.monitoring.yml and the head of prometheus.yml do it."""
    words = ["sed", "1,/^spec:/d; s/^  //", str(MONITORING / "rules.yaml")]
    taken_out = subprocess.run(words, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own command
    assert yaml.safe_load(taken_out) == yaml.safe_load((MONITORING / "rules.yaml").read_text())["spec"]
    (folder / "parley.rules.yml").write_text(taken_out)


def _promtool(folder: Path, *arguments: str) -> str:
    program = shutil.which("promtool")
    if program is None:
        missing("promtool is not installed (Debian's package prometheus)")
    done = subprocess.run(  # noqa: S603 - our own command
        [program, *arguments],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PROMTOOL_TIMEOUT_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
