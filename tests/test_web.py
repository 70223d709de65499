"""The browser's models have tests of their own, in JavaScript; they count here too."""

import shutil
import subprocess
from pathlib import Path

from tests.conftest import missing

ROOT = Path(__file__).parents[1]


def test_the_browsers_models_pass_their_own_tests() -> None:
    node = shutil.which("node")
    if not node:
        missing("Node is not installed")
    files = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests" / "web").glob("*.test.mjs"))]
    command = [node, "--test", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert files
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
