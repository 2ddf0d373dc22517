"""The demo as a user runs it: a process of its own, since it sets up logging and worker processes."""

import os
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = """
import asyncio, sys
from rich.console import Console
from monitor.demo.run import run_demo

if __name__ == "__main__":
    sys.exit(asyncio.run(run_demo(Console(width=120))))
"""


def test_the_whole_job(tmp_path: Path) -> None:
    script = tmp_path / "demo.py"
    script.write_text(SCRIPT)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={
            **os.environ,
            "TMPDIR": str(tmp_path),
            "PYTHONPATH": str(Path.cwd()),
            "PYTHONIOENCODING": "utf-8",
        },
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert time.monotonic() - started < 60
    out = done.stdout
    assert "answered 404" in out
    assert re.search(r"34 articles are stored: 15 en, 10 ru, 5 uk, 4 kk", out)
    assert "Subject: [drifting away] HIGH: " in out
    assert "*CSTO*" in out or "*ОДКБ*" in out
    assert re.search(r"alert [0-9a-f]{8,}", out)
    assert "5 feeds answered that nothing had changed" in out
    assert "0 new mails, 0 new Slack messages" in " ".join(out.split())
    assert "7 of 8 sources healthy, 1 failing; 36 articles read" in out
    assert not done.stderr
    [database] = tmp_path.glob("monitor-demo-*/monitor.db")
    with sqlite3.connect(database) as connection:
        told = connection.execute("SELECT DISTINCT title FROM v_hit WHERE rule = 'drifting away'").fetchall()
    connection.close()
    assert ("The quiet drift of Russia's neighbours",) in told
    assert ("Кто следующий выйдет из ОДКБ",) in told
    assert ("ҰҚШҰ бізге не үшін керек?",) in told
