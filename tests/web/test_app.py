"""The web server: opening a link changes nothing, its button does, and nothing else is reached."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select

from monitor.links import Signer, VerdictClaim, article_print
from monitor.store import hits, mutes, tables
from monitor.store.database import Database
from monitor.web.app import MAX_FORM, build
from tests.web.conftest import NOW, TITLE, URL, Clock

SIGNER = Signer("https://monitor.example/m", "k" * 32, timedelta(days=90))
LINKS = SIGNER.links(NOW)


@pytest.fixture
async def client(database: Database, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build(database, SIGNER, clock=clock))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        yield client


def path(url: str) -> str:
    """Return an address as the server sees it behind a proxy that serves it below /m."""
    return url.removeprefix("https://monitor.example/m")


YES, NO = (path(LINKS.verdict(1, "Drift", right=right, url=URL, title=TITLE)) for right in (True, False))
MUTE = path(LINKS.mute("Drift"))


def count(database: Database) -> int:
    return database.read(lambda session: session.scalar(select(func.count(tables.Verdict.id)))) or 0


async def test_opening_a_link_changes_nothing(
    client: httpx.AsyncClient, database: Database, hit_id: int
) -> None:
    for address in (YES, NO, MUTE):
        for method in ("GET", "HEAD", "GET"):
            answer = await client.request(method, address)
            assert answer.status_code == 200
        assert (await client.put(address)).status_code == 405
    assert count(database) == 0
    assert database.read(lambda session: mutes.muted(session, NOW)) == {}
    page = (await client.get(YES)).text
    assert "Nothing is recorded before you press a button" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Astana &amp; the CSTO" in page
    assert "Astana &lt;b&gt;left&lt;/b&gt;." in page


async def test_the_button_records_once(client: httpx.AsyncClient, database: Database, hit_id: int) -> None:
    for _ in range(2):
        answer = await client.post(YES, data={"note": " since  they\nleft "})
        assert answer.status_code == 303
        assert answer.url.join(answer.headers["Location"]).path == YES
    assert count(database) == 1
    said = database.read(lambda session: hits.verdict(session, hit_id))
    assert said == hits.Verdict(True, "since they left", NOW)
    assert (await client.post(YES)).status_code == 303, "again, without the note"
    assert count(database) == 1
    page = (await client.get(YES)).text
    assert "Recorded: <b>right</b>" in page and "since they left" in page


async def test_the_newest_answer_counts_and_both_are_at_hand(
    client: httpx.AsyncClient, database: Database, hit_id: int
) -> None:
    await client.post(YES)
    page = (await client.get(YES)).text
    [other] = {address for address in re.findall(r'formaction="([^"]+)"', page) if address not in YES}
    assert f"/answer/{other}" == NO
    await client.post(NO)
    said = database.read(lambda session: hits.verdict(session, hit_id))
    assert said is not None and not said.right
    assert count(database) == 2


async def test_a_rule_is_muted_and_speaks_again(client: httpx.AsyncClient, database: Database) -> None:
    for wrong in ({}, {"days": "3650"}, {"days": "-1"}, {"days": "x"}):
        assert (await client.post(MUTE, data=wrong)).status_code == 303
        assert database.read(lambda session: mutes.muted(session, NOW)) == {}
    await client.post(MUTE, data={"days": "7"})
    assert database.read(lambda session: mutes.muted(session, NOW))["Drift"].until == NOW + timedelta(days=7)
    assert "21 Mar 2026, 09:26 UTC" in (await client.get(MUTE)).text
    assert database.read(lambda session: mutes.muted(session, NOW + timedelta(days=7))) == {}
    await client.post(MUTE, data={"days": "0"})
    assert database.read(lambda session: mutes.muted(session, NOW)) == {}


async def test_an_expired_link_says_so_and_records_nothing(
    client: httpx.AsyncClient, database: Database, clock: Clock, hit_id: int
) -> None:
    clock.now = NOW + timedelta(days=90)
    for answer in (await client.get(YES), await client.post(YES)):
        assert answer.status_code == 410
        assert "expired" in answer.text and "12 Jun 2026" in answer.text
    assert count(database) == 0


async def test_a_tampered_link_says_so_and_records_nothing(
    client: httpx.AsyncClient, database: Database, hit_id: int
) -> None:
    claim = VerdictClaim(
        1, "Drift", True, article_print("https://news.example/another", ""), LINKS.expires_at
    )
    restored = f"/answer/{SIGNER.token(claim)}"  # the number means another article here
    unknown = path(LINKS.verdict(2, "Drift", right=True, url=URL, title=TITLE))
    for address in (YES[:-1], YES + "A", YES[:9] + "A" + YES[10:], restored, unknown, "/answer/x"):
        for method in ("GET", "POST"):
            answer = await client.request(method, address)
            assert answer.status_code == 404, address
            assert "not valid" in answer.text
    assert count(database) == 0


async def test_bodies_are_small(client: httpx.AsyncClient, database: Database, hit_id: int) -> None:
    assert (await client.post(YES, content=b"x" * (MAX_FORM + 1))).status_code == 413
    assert (await client.post(YES, content=b"note=%ff&" + b"a=1&" * 20)).status_code == 400
    assert (await client.post(YES, content=b"\xff\xfe")).status_code == 400
    assert count(database) == 0
    assert (await client.post(YES, data={"note": "n" * 3000})).status_code == 303
    said = database.read(lambda session: hits.verdict(session, hit_id))
    assert said is not None and len(said.note) == 500


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient, hit_id: int) -> None:
    answers = [
        await client.get(address) for address in (YES, MUTE, "/", "/nothing", "/answer/x", "/health", "/docs")
    ]
    answers += [await client.post(YES), await client.get("/", headers={"Host": "evil.example"})]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
        assert not {"server", "set-cookie", "access-control-allow-origin"} & set(answer.headers)
    for answer in answers[:5]:
        policy = answer.headers["Content-Security-Policy"]
        [nonce] = re.findall(r"'nonce-([^']+)'", policy)
        assert f'<style nonce="{nonce}">' in answer.text
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "<script" not in answer.text and " style=" not in answer.text
    nonces = {answer.headers["Content-Security-Policy"] for answer in answers[:5]}
    assert len(nonces) == 5
    assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 404, 200, 404, 303, 400]
