"""A desk that publishes articles into a database through the real analysis, deciders and transaction."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from monitor.jobs import understand
from monitor.model import Document, FoundEntry
from monitor.pipeline.ingest import commit
from monitor.store import entries, outbox, reading, stories
from monitor.store.database import Database
from tests.pipeline.fakes import NOW


@dataclass
class Desk:
    """Publishes articles into a database, and says what came of them."""

    database: Database
    rules: tuple[Any, ...]
    feed_id: int
    published: list[str] = field(default_factory=list)

    def publish(
        self,
        outlet: str,
        title: str,
        text: str,
        *,
        hours: float = 0.0,
        of: str | None = None,
        published: datetime | None = None,
    ) -> int:
        """Ingest an article first seen so long after NOW; returns the number of alerts it raised."""
        seen = NOW + timedelta(hours=hours)
        url = f"https://{outlet}/{len(self.published)}"
        self.published.append(url)
        credited = f"ASTANA, March 2 ({of}) - {text}" if of else text
        document = Document(
            "1",
            url,
            title=title,
            text=credited,
            published=published or seen,
            language="en",
            feed_title=outlet,
        )  # fmt: skip
        entry = entries.DueEntry(
            id=0, feed_id=self.feed_id, guid=url, link=url, domain=outlet, title=title, html=None, author="",
            tags=(), published_at=seen, first_seen_at=seen, attempts=0, first_tried_at=None, article_id=None,
            watched=False, feed_title=outlet, feed_url="", feed_country="", feed_language="en",
            feed_opinion=False,
        )  # fmt: skip
        understood = understand(document, frozenset())
        with self.database.transaction() as session:
            entry = self._stored(session, entry, seen)
            return commit(session, entry, understood, None, self.rules, seen)

    def _stored(self, session: Session, entry: entries.DueEntry, seen: datetime) -> entries.DueEntry:
        new = FoundEntry(
            entry.guid, entry.link, entry.domain, entry.title, "", "", (), None, entry.guid, entry.guid
        )
        entries.record(session, [entries.FoundEntries(self.feed_id, [new], seen)])
        due = entries.due(session, seen, limit=100, per_domain=100, busy=frozenset())
        return next(one for one in due if one.guid == entry.guid)  # told pages are due to be visited, too

    def alerts(self) -> list[dict[str, Any]]:
        """What was told, oldest first."""
        rows = self.database.read(lambda session: outbox.listed(session))
        return [row.payload for row in reversed(rows)]

    def events(self) -> dict[int, stories.Event]:
        return self.database.read(
            lambda session: stories.events(
                session, {item.story_id for item in reading.stored_articles(session, range(1, 50))}
            )
        )
