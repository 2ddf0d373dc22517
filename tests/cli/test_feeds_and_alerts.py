"""feeds, alerts, hits and search over a database, as tables and as JSON."""

from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from monitor.messages import content
from monitor.messages.notice import Notice
from monitor.store import outbox
from monitor.store.database import Database
from tests.cli.conftest import Cli

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_feeds_are_added_listed_and_removed(cli: Cli, configured: Path) -> None:
    assert "1 feeds of the configuration are not in the database yet" in cli("feeds", "list").err
    assert cli("feeds", "add", "https://b.example/feed", "--folder", "B", "--opinion", "--unread").code == 0
    assert cli("feeds", "add", "https://b.example/feed", "--unread").code == 1
    assert cli("feeds", "add", "ftp://b.example/feed").code == 2
    assert cli("feeds", "add", "https://c.example/", "--country", "Kenya").code == 2
    nowhere = cli("feeds", "add", "d.example")
    assert nowhere.code == 1
    assert "https://d.example cannot be read" in nowhere.err
    assert "--unread adds the address all the same" in nowhere.err
    [feed] = cli("feeds", "list", "--json").json
    assert (feed["url"], feed["folder"], feed["opinion"], feed["origin"]) == (
        "https://b.example/feed",
        "B",
        True,
        "cli",
    )
    assert "https://b.example/feed" in cli("feeds", "list").out
    assert cli("feeds", "remove", "https://b.example/feed").code == 0
    assert cli("feeds", "remove", "https://b.example/feed").code == 1
    assert cli("feeds", "list", "--json").json == []
    assert [feed["url"] for feed in cli("feeds", "list", "--removed", "--json").json] == [
        "https://b.example/feed"
    ]


@pytest.fixture
def site() -> Iterator[str]:
    """The address of a site on loopback whose page declares a feed."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGE if self.path == "/" else FEED
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if self.path == "/" else "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


PAGE = b"<!doctype html><html><link rel=alternate type=application/rss+xml href=/news.xml></html>"
FEED = (
    b'<rss version="2.0"><channel><title>Steppe News</title><item><title>Grain</title><link>/1</link>'
    b"<pubDate>Mon, 01 Jun 2026 10:00:00 GMT</pubDate></item></channel></rss>"
)


def test_a_site_is_enough_to_add_its_feed_and_poll_it(cli: Cli, configured: Path, site: str) -> None:
    network = f'[network]\nports = [{site.rpartition(":")[2]}]\nallow_private = ["127.0.0.0/8"]\n'
    configured.write_text(f"{configured.read_text()}{network}default_host = {{ delay = '0s' }}\n")
    added = cli("feeds", "add", site)
    assert f"{site}/news.xml added" in added.out
    assert "Steppe News, 1 entries" in added.err
    assert "2026-06-01 10:00  Grain" in added.err
    assert f"{site}/news.xml is polled already" in cli("feeds", "add", site).err
    [polled] = cli("poll", f"{site}/news.xml", "--json").json
    assert polled["outcome"] == "new"
    outcomes = {row["url"]: row["outcome"] for row in cli("poll", "--now", "--json").json}
    assert outcomes[f"{site}/news.xml"] == "same-body", "polled again, though it is not due"
    healthy = {row["url"]: row for row in cli("feeds", "health", "--json").json}[f"{site}/news.xml"]
    assert healthy["interval"] >= 300
    assert healthy["entries_per_day"] > 0
    assert [row["url"] for row in cli("feeds", "health", "--json").json] == [
        "https://news.example.org/feed", f"{site}/news.xml",
    ], "the one that cannot be read comes first"  # fmt: skip


def test_lists_are_imported_and_exported(cli: Cli, configured: Path, tmp_path: Path) -> None:
    (tmp_path / "in.opml").write_text(
        '<opml version="2.0"><body><outline text="Asia"><outline text="A" xmlUrl="https://a.example/feed"/>'
        '<outline text="twin" xmlUrl="http://www.a.example/feed/"/></outline></body></opml>'
    )
    assert "1 feeds added, 1 were polled already" in cli("feeds", "import", "in.opml").out
    assert "0 feeds added" in cli("feeds", "import", "in.opml").out
    assert 'xmlUrl="https://a.example/feed"' in cli("feeds", "export").out
    assert cli("feeds", "export", "out.opml").code == 0
    assert 'text="Asia"' in (tmp_path / "out.opml").read_text()
    assert cli("feeds", "export", "no/such.opml").code == 1
    (tmp_path / "bad.opml").write_text("nothing")
    assert cli("feeds", "import", "bad.opml").code == 1


def test_health_of_a_feed_that_was_never_polled(cli: Cli, configured: Path) -> None:
    cli("feeds", "add", "https://b.example/feed", "--unread")
    [feed] = cli("feeds", "health", "--json").json
    assert (feed["entries"], feed["last_success_at"], feed["last_error"]) == (0, None, None)
    assert (feed["interval"], feed["entries_per_day"]) == (None, None)
    assert cli("feeds", "health", "--troubled", "--json").json == []


def test_nothing_found_yet(cli: Cli, configured: Path) -> None:
    for arguments in (
        ["hits"], ["alerts", "list"], ["alerts", "dead"], ["search", "country:KZ"], ["attitudes"]
    ):  # fmt: skip
        assert cli(*arguments, "--json").json == []
        result = cli(*arguments)
        assert (result.code, result.out) == (0, "")
        assert result.err


def test_wrong_queries_and_durations_are_wrong_usage(cli: Cli, configured: Path) -> None:
    result = cli("search", "country:KZ AND (")
    assert result.code == 2
    assert "is not closed" in result.err or "missing" in result.err
    assert cli("hits", "--since", "yesterday").code == 2
    assert cli("digest", "--since", "-1d").code == 2
    assert cli("digest", "evening").code == 2
    assert cli("attitudes", "--to", "Russia").code == 2
    assert cli("digest", "--query", "(").code == 2
    assert 'no rule "Drfit"' in cli("hits", "--rule", "Drfit").err


def test_dead_letters_are_sent_again(cli: Cli, configured: Path, tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/data/monitor.db") as database, database.transaction() as session:
        notice = Notice("n1", "A title\x1b[31m with a trick", ("One line.",))
        outbox.add(
            session, identity="n1", channels=["screen"], kind="notice", payload=content.dump(notice), now=NOW
        )
        [row] = outbox.listed(session)
        outbox.failed(
            session, row.id, next_try_at=None, error="550 no such\x1b[31m user", accepted=(), refused=("a@b",)
        )
    [dead] = cli("alerts", "dead", "--json").json
    assert (dead["state"], dead["refused"]) == ("dead", ["a@b"])
    listed = cli("alerts", "list").out
    assert "550 no such [31m user" in listed, "no control character reaches the terminal"
    assert cli("alerts", "retry", dead["id"] + 1).code == 1
    assert "1 will be sent again" in cli("alerts", "retry").out
    assert cli("alerts", "dead", "--json").json == []
    assert cli("alerts", "list", "--json").json[0]["state"] == "pending"


def test_an_empty_digest_says_so(cli: Cli, configured: Path) -> None:
    result = cli("digest")
    assert result.code == 0
    assert "Nothing found" in result.out
    assert isinstance(cli("digest", "--json").json, dict)
    assert cli("digest", "--send").code == 1


def test_a_test_alert(cli: Cli, configured: Path) -> None:
    result = cli("test-alert", "screen")
    assert (result.code, "The channel screen works" in result.out) == (0, True)
    assert cli("test-alert", "scren").code == 2


def test_the_doctor(cli: Cli, configured: Path) -> None:
    found = {finding["what"]: finding for finding in cli("doctor", "--json").json}
    assert found["database"]["state"] == "fine"
    assert found["daemon"]["state"] == "warns"
    assert found["network"]["state"] == "warns"
    assert cli("doctor").code == 0


def test_the_doctor_names_what_must_be_mended(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    result = cli("doctor")
    assert result.code == 1
    assert "fails  database: the database is empty: run `monitor db upgrade`" in result.out
    assert "fails  channels: none is configured" in result.out
