"""The real daemon as a process: one article's way on both databases, signals, a second daemon."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.store import hits, outbox, reading, stories
from monitor.store.database import Database
from tests.acceptance.kills import ROOT, texts
from tests.acceptance.sinks import Site, Taken, world
from tests.corpus import corpus_dir

WAIT_SECONDS = 60.0

CONFIG = """
[database]
url = "{url}"
[polling]
min_interval = "1s"
max_interval = "1s"
workers = 1
[network]
ports = [{http}]
allow_private = ["127.0.0.0/8"]
respect_robots = false
default_host = {{ delay = "0s", concurrency = 4 }}
[[feeds]]
url = "http://127.0.0.1:{http}/feed"
[[rules]]
name = "neighbours"
countries = ["RU", "KZ", "TJ", "KG"]
themes = ["sanctions", "mobilization", "csto"]
channels = ["mail", "slack"]
[channels.mail]
type = "email"
host = "127.0.0.1"
port = {smtp}
security = "none"
sender = "monitor@example.org"
to = ["desk@example.org"]
allow_private = ["127.0.0.0/8"]
[channels.slack]
type = "slack"
webhook_url = {{ env = "SLACK_WEBHOOK" }}
allow_private = ["127.0.0.0/8"]
[notices]
channels = ["mail"]
"""


@contextmanager
def daemon(folder: Path, url: str, taken: Taken, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """Run `monitor run` on a configuration for this world; ends it, and shows what it said, if need be."""
    path = folder / "config.toml"
    if not path.exists():
        path.write_text(CONFIG.format(url=url, http=taken.http_port, smtp=taken.smtp_port))
    environment = os.environ | {"SLACK_WEBHOOK": f"http://127.0.0.1:{taken.http_port}/slack", **environ}
    log = (folder / "log").open("a")
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "run", "--config", str(path)],
        cwd=ROOT, env=environment, stdout=log, stderr=log, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        log.close()
        print((folder / "log").read_text())  # shown by pytest where the test failed


def wait_for(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < end, f"waited {WAIT_SECONDS:g} s for {what}"
        time.sleep(0.05)


def said(folder: Path) -> str:
    return (folder / "log").read_text()


def test_from_feed_to_mail_and_slack(database_url: str, tmp_path: Path) -> None:
    site = Site(texts(1))
    site.published = 1
    with world(site) as taken, daemon(tmp_path, database_url, taken) as process:
        wait_for(lambda: taken.mails and taken.posts, "a mail and a post")
        wait_for(lambda: said(tmp_path).count('"event": "delivery"') >= 2, "both deliveries settled")
        begun = time.monotonic()
        process.terminate()
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - begun < 10
    assert len(taken.mails) == len(taken.posts) == 1
    with Database(database_url) as database:
        (article,) = database.read(lambda session: list(reading.stored_articles(session, [1])))
        rows = database.read(lambda session: outbox.listed(session))
        event = database.read(lambda session: stories.event(session, article.story_id))
        facts = database.read(lambda session: hits.story_facts(session, event, ["neighbours"]))["neighbours"]
    tags = {tag.key: tag for tag in article.analysis.tags}
    assert {"KZ", "csto"} <= set(tags)
    for tag in article.analysis.tags:
        for item in tag.evidence:
            source = (
                article.analysis.article.title if item.where == "title" else article.analysis.article.text
            )
            assert source[item.start : item.end] == item.term
            assert item.term in item.sentence
    assert {row.state for row in rows} == {"sent"} and {row.channel for row in rows} == {"mail", "slack"}
    assert facts.alerted_at is not None
    (mail,) = taken.mails
    assert rows[0].identity in mail["Message-ID"]
    body = mail.get_body(("plain",)).get_content()
    assert "will not send troops" in body
    assert rows[0].identity in str(taken.posts[0])


def test_the_column_is_understood(sqlite_url: str, tmp_path: Path) -> None:
    text = (corpus_dir("column") / "column.txt").read_text()
    title, _, rest = text.partition("\n")
    body = "".join(f"<p>{part.strip()}</p>" for part in rest.split("\n\n") if part.strip())
    site = Site([(title, body)])
    site.published = 1
    with world(site) as taken, daemon(tmp_path, sqlite_url, taken):
        wait_for(lambda: taken.mails, "the mail")
    with Database(sqlite_url) as database:
        (article,) = database.read(lambda session: list(reading.stored_articles(session, [1])))
    analysis = article.analysis
    assert analysis.article.kind.label == "opinion"
    assert analysis.article.text.endswith("The list of self-inflicted injuries only grows longer.")
    countries = {tag.key for tag in analysis.tagging.countries}
    themes = {tag.key for tag in analysis.tagging.themes}
    assert {"RU", "TJ", "KZ", "KG"} <= countries and "PL" not in countries
    assert {"sanctions", "mobilization", "csto"} <= themes
    ties = {(joint.country, joint.theme) for joint in analysis.tagging.joints}
    for country in ("RU", "TJ", "KZ", "KG"):
        assert {theme for tied, theme in ties if tied == country} & {"sanctions", "mobilization", "csto"}
    assert all(joint.sentence for joint in analysis.tagging.joints)


def test_a_second_daemon_is_refused_by_name(sqlite_url: str, tmp_path: Path) -> None:
    site = Site(texts(1))
    with world(site) as taken, daemon(tmp_path, sqlite_url, taken) as first:
        wait_for(lambda: '"started"' in said(tmp_path), "the first daemon")
        (tmp_path / "second").mkdir()
        with daemon(tmp_path / "second", sqlite_url, taken) as second:
            assert second.wait(timeout=WAIT_SECONDS) == 1
            assert str(first.pid) in said(tmp_path / "second")
        assert first.poll() is None


def test_a_broken_configuration_is_not_reloaded(sqlite_url: str, tmp_path: Path) -> None:
    site = Site(texts(2))
    with world(site) as taken, daemon(tmp_path, sqlite_url, taken) as process:
        wait_for(lambda: '"started"' in said(tmp_path), "the daemon")
        path = tmp_path / "config.toml"
        good = path.read_text()
        path.write_text(good.replace('channels = ["mail", "slack"]', 'channels = ["nowhere"]'))
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: "the old one is kept" in said(tmp_path), "the refusal")
        wait_for(lambda: taken.mails, "the notice")
        assert "not reloaded" in taken.mails[0]["Subject"]
        assert "nowhere" in taken.mails[0].get_body(("plain",)).get_content()
        site.published = 1  # the old rules still work
        wait_for(lambda: taken.posts, "an alert under the old configuration")
        path.write_text(good.replace('name = "neighbours"', 'name = "renamed"'))
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: "configuration reloaded" in said(tmp_path), "the reload")
        site.published = 2
        wait_for(lambda: len(taken.posts) > 1, "an alert under the new configuration")
        assert "renamed" in str(taken.posts[1])


def test_the_service_manager_hears_of_it(sqlite_url: str, tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, world(Site(texts(1))) as taken:
        manager.bind(address)
        manager.settimeout(WAIT_SECONDS)
        environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"}
        with daemon(tmp_path, sqlite_url, taken, **environ) as process:
            heard = ""
            while "WATCHDOG=1" not in heard or "READY=1" not in heard:
                heard += manager.recv(4096).decode()
            process.terminate()
            while "STOPPING=1" not in heard:
                heard += manager.recv(4096).decode()
            assert process.wait(timeout=10) == 0


def test_nothing_is_left_behind(sqlite_url: str, tmp_path: Path) -> None:
    """No process outlives the daemon, killed or not."""
    site = Site(texts(1))
    site.published = 1
    with world(site) as taken, daemon(tmp_path, sqlite_url, taken) as process:
        wait_for(lambda: taken.mails, "work that needs workers")
        family = _descendants(process.pid)
        assert family
        process.kill()
        process.wait()
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), "its workers to end")


def _descendants(pid: int) -> set[int]:
    parents = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            match = re.search(r"^PPid:\s+(\d+)", status.read_text(), re.MULTILINE)
        except OSError:
            continue
        if match:
            parents[int(status.parent.name)] = int(match[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def test_a_failing_feed_is_named_and_the_daemon_stays(sqlite_url: str, tmp_path: Path) -> None:
    with world(Site(texts(1))) as taken:
        config = CONFIG.format(url=sqlite_url, http=taken.http_port, smtp=taken.smtp_port)
        (tmp_path / "config.toml").write_text(config.replace("/feed", "/missing"))
        with daemon(tmp_path, sqlite_url, taken) as process:
            wait_for(lambda: "poll failed" in said(tmp_path), "the failure")
            assert "/missing" in said(tmp_path) and "404" in said(tmp_path)
            assert process.poll() is None
