"""One article's way by hand: poll, ingest, and then every command that tells of it."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import update

from monitor.store.database import Database
from monitor.store.tables import Article, ArticleVersion
from tests.cli.conftest import Cli

FEED = """<rss version="2.0"><channel><title>The Loop</title><item><guid>1</guid><link>{base}/away</link>
<title>Astana keeps away</title><pubDate>{date}</pubDate></item></channel></rss>"""
SENTENCE = (
    "Kazakhstan will not take part in the exercise of the CSTO, President Tokayev told parliament on Monday."
)
PAGE = f"""<html lang="en"><head><title>Astana keeps away</title></head><body><nav>Home | World</nav>
<article><h1>Astana keeps away</h1><p>{SENTENCE}</p>
<p>The exercise was to be held in the south of the country in August, with troops of four states; the
ministry of defence gave no reason for the decision, and neither did the alliance.</p>
<p>Officials in Astana have said for months that the alliance asks for more than it gives, and that
Kazakhstan would rather look after its own borders and its own trade than send soldiers to parades.</p>
</article></body></html>"""


@pytest.fixture
def site() -> Iterator[str]:
    """A site with one feed and one article, on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            base = f"http://127.0.0.1:{self.server.server_address[1]}"  # type: ignore[attr-defined]
            found = {
                "/feed": ("application/rss+xml", FEED.format(base=base, date=formatdate())),
                "/away": ("text/html", PAGE),
            }
            kind, body = found.get(self.path, ("text/plain", ""))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def _edit_and_delete(folder: Path, article_id: int) -> None:
    """Store an earlier version of the article, and that its page is gone."""
    with (
        Database(f"sqlite:///{folder / 'data' / 'monitor.db'}") as database,
        database.transaction() as session,
    ):
        times = (datetime(2026, 3, 4, hour, tzinfo=UTC) for hour in (9, 10, 12))
        replaced_at, missing_since, gone_at = times
        session.add(
            ArticleVersion(
                article_id=article_id, version=1, replaced_at=replaced_at, exact_hash="abc",
                title="Astana stays", text="It stays.",
            )
        )  # fmt: skip
        session.execute(update(Article).values(missing_since=missing_since, gone_at=gone_at))


def test_the_whole_way(cli: Cli, site: str, tmp_path: Path) -> None:
    port = site.rpartition(":")[2]
    (tmp_path / "config.toml").write_text(
        f"""[network]
allow_private = ["127.0.0.0/8"]
ports = [{port}]
default_host = {{ delay = "0s", concurrency = 4 }}
[polling]
workers = 1
[channels.screen]
type = "console"
[[rules]]
name = "Drift"
query = "country:KZ SAME theme:csto"
channels = ["screen"]
[[digests]]
name = "evening"
cron = "0 19 * * *"
channels = ["screen"]
[[feeds]]
url = "{site}/feed"
country = "KZ"
""",
        "utf-8",
    )
    assert cli("db", "upgrade").code == 0
    assert cli("feeds", "add", f"{site}/nothing", "--unread").code == 0

    polled = {row["url"].rpartition("/")[2]: row for row in cli("poll", "--json").json}
    assert (polled["feed"]["outcome"], polled["feed"]["error"]) == ("new", None)
    assert polled["nothing"]["error"]
    assert cli("poll", "--json").json == [], "nothing is due again so soon"
    again = cli("poll", f"{site}/nothing", "--json")
    assert again.code == 1, "every poll that was asked for failed"

    result = cli("ingest")
    assert result.code == 0, result.err
    assert "1 messages sent, 0 entries left" in result.out
    assert "Astana keeps away" in result.out, "the alert itself, on the console"

    [hit] = cli("hits", "--json").json
    assert (hit["rule"], hit["decision"], hit["quotes"]) == ("Drift", "alerted", [SENTENCE])
    assert cli("hits", "--rule", "Drift", "--since", "1h", "--json").json == [hit]
    assert cli("hits", "--rule", "Other", "--json").json == []

    [found] = cli("search", "country:KZ AND theme:csto", "--json").json
    assert (found["id"], SENTENCE in found["quotes"]) == (hit["article_id"], True)
    assert cli("search", "country:GE", "--json").json == []

    explained = cli("explain", hit["article_id"]).out
    assert SENTENCE in explained
    assert "Drift: yes" in explained
    assert f"told: {hit['decision']}" in explained
    assert "Its page is visited again at" in explained, "people were told of it"
    assert "The outlet's own country: KZ Kazakhstan\n  no evidence" in explained
    _edit_and_delete(tmp_path, hit["article_id"])
    explained = cli("explain", hit["article_id"]).out
    assert "Deleted: not there since 2026-03-04 10:00" in explained
    assert "1, until 2026-03-04 09:00" in explained and "Astana stays" in explained
    page = cli("explain", hit["article_id"], "--json").json["page"]
    assert page["watch"]["gone_at"].startswith("2026-03-04T12:00")
    assert [version["exact_hash"] for version in page["versions"]] == ["abc"]

    assert "Astana keeps away" in cli("backtest", "Drift").out
    assert isinstance(cli("backtest", "Drift", "--json").json, dict)
    assert cli("backtest", "Drift", "--against", tmp_path / "config.toml", "--fail-if-lost").code == 0
    assert cli("backtest", "Drfit").code == 2
    asked = cli("backtest", "--query", "country:KZ SAME theme:csto")
    assert "1 match in 1 candidate article" in asked.out and "Astana keeps away" in asked.out
    assert cli("backtest", "Drift", "--query", "csto").code == 2
    assert cli("backtest").code == 2
    assert "did you mean csto" in cli("backtest", "--query", "theme:csot").err

    assert cli("mark", hit["id"], "yes").code == 0
    assert cli("mark", hit["id"], "no", "--note", "an exercise, no drift").code == 0
    assert cli("mark", 99, "no").code == 1
    assert cli("mark", hit["id"], "perhaps").code == 2
    [rule] = cli("rules", "report", "--json").json
    assert (rule["hits"], rule["right"], rule["wrong"], rule["precision"]) == (1, 0, 1, 0.0)
    assert {"kazakhstan", "csto"} <= set(rule["wrong_terms"])
    assert [row["group"] for row in cli("rules", "report", "--by", "language", "--json").json] == ["en"]
    assert "KZ" in [row["group"] for row in cli("rules", "report", "--by", "country", "--json").json]
    assert "csto" in cli("rules", "report").out

    assert [row["name"] for row in cli("rules", "list", "--json").json] == ["Drift"]
    assert cli("rules", "mute", "Drift", "--for", "2d").code == 0
    [listed] = cli("rules", "list", "--json").json
    assert (listed["silent_until"] is not None, listed["query"]) == (True, "country:KZ SAME theme:csto")
    assert cli("rules", "unmute", "Drift").code == 0
    assert cli("rules", "unmute", "Drift").code == 1, "it is not muted"
    assert 'configured: "Drift"' in cli("rules", "mute", "Drfit").err
    assert cli("rules", "mute", "Drift", "--for", "soon").code == 2

    assert "Astana keeps away" in cli("digest").out
    assert cli("digest", "--json").json.keys() == cli("digest", "--format", "json").json.keys()
    for form in ("markdown", "html", "csv"):
        assert "Astana keeps away" in cli("digest", "--format", form).out
    assert "Handed to screen" in cli("digest", "--send").err
    kinds = [row["kind"] for row in cli("alerts", "list", "--json").json]
    assert "digest" in kinds

    health = {feed["url"].rpartition("/")[2]: feed for feed in cli("feeds", "health", "--json").json}
    assert (health["feed"]["entries"], health["feed"]["last_error"]) == (1, None)
    assert [feed["url"] for feed in cli("feeds", "health", "--troubled", "--json").json] == [
        f"{site}/nothing"
    ]
    assert cli("feeds", "remove", f"{site}/feed").code == 1, "it stands in the configuration"
    assert "1 of 2 without error" in cli("doctor").out
