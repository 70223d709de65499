# ruff: noqa: S603 - the commands are our own

import subprocess
import sys

SLEEPER = "import time; time.sleep(60)"


def test_a_child_does_not_outlive_its_parent() -> None:
    parent = f"""
import os, subprocess, sys
from standalone.prctl import die_with_parent
me = os.getpid()
child = subprocess.Popen([sys.executable, "-c", {SLEEPER!r}], preexec_fn=lambda: die_with_parent(me))
print(child.pid, flush=True)
os._exit(0)
"""
    # The sleeper holds the other end of stdout: it is read to its end only once the sleeper has ended.
    done = subprocess.run([sys.executable, "-c", parent], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.strip().isdigit()


def test_a_parent_that_has_ended_before_is_noticed() -> None:
    late = "from standalone.prctl import die_with_parent; die_with_parent(1 << 22); print('still here')"
    done = subprocess.run([sys.executable, "-c", late], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (1, "")


def test_who_is_left_behind_is_adopted() -> None:
    adopter = f"""
import os, subprocess, sys
from standalone.prctl import adopt_orphans
adopt_orphans()
leave = "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEPER!r}], stdout=-3, stderr=-3).pid)"
orphan = int(subprocess.run([sys.executable, "-c", leave], capture_output=True, text=True).stdout)
stat = open(f"/proc/{{orphan}}/stat").read().rpartition(")")[2].split()
os.kill(orphan, 9)
os.waitpid(orphan, 0)
print(int(stat[1]) == os.getpid())
"""
    done = subprocess.run([sys.executable, "-c", adopter], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.strip() == "True"
