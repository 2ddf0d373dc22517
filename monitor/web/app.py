"""Requests -> pages: what a signed link asks (GET, which changes nothing), and its answer (POST).

Mail scanners and previews open every link of a mail, so opening one records nothing; the page has a button.
Whoever has a link may give its answer: there is no login. The token is the proof, the newest answer counts,
and giving it twice is giving it once. Pages are private to their reader: not cached, not framed, not indexed,
and they tell no other site where the reader came from.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from monitor.clock import Clock
from monitor.errors import LinkError
from monitor.links import Claim, MuteClaim, Signer, VerdictClaim, article_print
from monitor.store import hits, mutes, reports
from monitor.store.database import Database
from monitor.store.reports import HitRow

MAX_FORM = 8_000  # bytes
MAX_NOTE = 500  # characters
MUTE_DAYS = (1, 7, 30)
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_POLICY = (
    "default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)  # fmt: skip


class _Pages:
    """The templates, each page with a nonce of its own for the style sheet in it."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("monitor.web"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["moment"] = lambda at: f"{at:%d %b %Y, %H:%M} UTC".lstrip("0")

    def page(self, name: str, status: int = 200, **values: object) -> HTMLResponse:
        nonce = secrets.token_urlsafe(16)
        html = self._templates.get_template(f"{name}.html").render(nonce=nonce, **values)
        return HTMLResponse(html, status, {"Content-Security-Policy": _POLICY.format(nonce=nonce)})


def build(database: Database, signer: Signer, *, clock: Clock) -> FastAPI:
    """Return the application over an opened database."""
    pages = _Pages()
    app = FastAPI(title="monitor", docs_url=None, redoc_url=None, openapi_url=None)
    public = urlsplit(signer.base_url)
    app.add_middleware(
        TrustedHostMiddleware,
        allowed_hosts=[public.hostname or "", "localhost", "127.0.0.1"],
        www_redirect=False,
    )
    headers = dict(HEADERS)
    if public.scheme == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000"

    @app.middleware("http")
    async def _secured(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    @app.exception_handler(HTTPException)
    async def _no_such_page(_request: Request, error: HTTPException) -> Response:
        return pages.page("trouble", error.status_code, kind="nothing")

    @app.exception_handler(LinkError)
    async def _no_such_link(_request: Request, error: LinkError) -> Response:
        status = 410 if error.kind == "expired" else 404
        return pages.page("trouble", status, kind=error.kind, expired_at=error.expired_at)

    @app.get("/")
    async def _front() -> Response:
        return pages.page("trouble", kind="front")

    @app.get("/health")
    async def _health() -> Response:
        await database.aread(lambda session: mutes.muted(session, clock()))
        return PlainTextResponse("ok\n")

    @app.get("/robots.txt")
    async def _robots() -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /\n")

    @app.api_route("/answer/{token}", methods=["GET", "HEAD"])
    def _ask(token: str) -> Response:
        match signer.read(token, clock()):
            case VerdictClaim() as claim:
                return _verdict_page(pages, database, signer, claim)
            case MuteClaim() as claim:
                return _mute_page(pages, database, claim, clock())

    @app.post("/answer/{token}")
    async def _answer(token: str, request: Request) -> Response:
        claim = signer.read(token, clock())
        form = await _form(request)
        await run_in_threadpool(_record, database, claim, form, clock())
        # The page tells what holds now; to load it again gives no answer again.
        return RedirectResponse(token, 303)

    return app


def _hit(database: Database, claim: VerdictClaim) -> tuple[HitRow, hits.Verdict | None]:
    """Return the hit that a claim is about, and what was said of it last. Raises LinkError."""
    with database.session() as session:
        rows = reports.hits(session, rule=claim.rule, article_id=claim.article_id, limit=1)
        if not rows or article_print(rows[0].url, rows[0].title) != claim.article:
            raise LinkError("damaged")  # of a database that was restored from an older backup
        return rows[0], hits.verdict(session, rows[0].id)


def _verdict_page(pages: _Pages, database: Database, signer: Signer, claim: VerdictClaim) -> Response:
    hit, said = _hit(database, claim)
    ways = {right: signer.token(replace(claim, right=right)) for right in (True, False)}
    return pages.page("verdict", claim=claim, hit=hit, said=said, ways=ways, max_note=MAX_NOTE)


def _mute_page(pages: _Pages, database: Database, claim: MuteClaim, now: datetime) -> Response:
    muted = database.read(lambda session: mutes.muted(session, now)).get(claim.rule)
    return pages.page("mute", rule=claim.rule, muted=muted, days=MUTE_DAYS)


def _record(database: Database, claim: Claim, form: dict[str, str], now: datetime) -> None:
    """Store an answer. Raises LinkError where there is nothing that it answers."""
    match claim:
        case VerdictClaim():
            hit, said = _hit(database, claim)
            note = " ".join(form.get("note", "").split())[:MAX_NOTE]
            if not note and said is not None and said.right == claim.right:
                note = said.note
            with database.transaction() as session:
                hits.mark(session, hit.id, claim.right, note, now)
        case MuteClaim():
            days = form.get("days", "")
            with database.transaction() as session:
                if days in map(str, MUTE_DAYS):
                    mutes.mute(session, claim.rule, now + timedelta(days=int(days)), now)
                elif days == "0":
                    mutes.unmute(session, claim.rule)


async def _form(request: Request) -> dict[str, str]:
    """Return a small form's fields; a body that is none has none."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            raise HTTPException(413)
    try:
        fields = parse_qs(body.decode(), max_num_fields=10)
    except ValueError:
        raise HTTPException(400) from None
    return {name: values[-1] for name, values in fields.items()}
