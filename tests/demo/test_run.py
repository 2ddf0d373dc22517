"""The demo, whole: what it tells, and what it leaves to look at."""

import io
import os
import re
import resource
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from monitor.demo.run import run_demo


def cpu_seconds() -> float:
    """What this process and its ended children have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


async def test_the_whole_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("monitor.logs.configure", lambda config: None)  # it is for the whole process
    told = io.StringIO()
    started = cpu_seconds()
    assert await run_demo(Console(file=told, width=120)) == 0
    assert cpu_seconds() - started < 60  # a minute is promised; the clock would measure other tests too
    out = " ".join(told.getvalue().split())
    assert "closed-wire.example answered 404" in out
    assert "34 articles are stored: 15 en, 10 ru, 5 uk, 4 kk" in out
    assert "Subject: [drifting away] HIGH: " in out
    assert "*CSTO*" in out or "*ОДКБ*" in out
    assert re.search(r"alert [0-9a-f]{8,}", out)
    assert "5 feeds answered that nothing had changed" in out
    assert "0 new mails, 0 new Slack messages" in out
    assert "7 of 8 sources healthy, 1 failing; 36 articles read" in out

    [folder] = os.listdir(tmp_path)  # noqa: PTH208
    database = tmp_path / folder / "monitor.db"
    assert f"sqlite3 {database}" in out
    with closing(sqlite3.connect(database)) as connection:
        hits = connection.execute("SELECT title, decision FROM v_hit WHERE rule = 'drifting away'").fetchall()
    for title in ("The quiet drift of Russia's neighbours", "Кто следующий выйдет из ОДКБ"):
        assert hits.count((title, "alerted")) == hits.count((title, "silent")) == 1  # the column, its reprint
    assert ("ҰҚШҰ бізге не үшін керек?", "alerted") in hits
