"""The views: the documented, stable face of the database for other tools (see docs/database.md).

Columns are only ever added, at the end. Each view is one SELECT that both databases understand, but for
the few spellings in `_DIALECT`. DuckDB reads the views of an SQLite file as its own SQL where it can, and
gives every column as text where it cannot: hence `count(a.id)` for `count(*)`, `strftime` for `substr` of
a time, and the quotes taken off JSON's texts.
"""

TIE_WORDS = 40  # a country and a theme belong together within so many words, or in one sentence

_DIALECT = {
    "sqlite": {
        "day": "strftime('%Y-%m-%d', coalesce(a.published_at, a.first_seen_at))",
        "list": "group_concat",
        "items": "json_each(a.byline)",
        "tie_words": TIE_WORDS,
    },
    "postgresql": {
        "day": "to_char(coalesce(a.published_at, a.first_seen_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
        "list": "string_agg",
        "items": "jsonb_array_elements_text(a.byline)",
        "tie_words": TIE_WORDS,
    },
}

_VIEWS = {
    # One row an article.
    "v_article": """
        SELECT a.id AS article_id, a.story_id, {day} AS day, a.published_at, a.first_seen_at,
               o.domain AS outlet, o.name AS outlet_name, o.country AS outlet_country, a.language,
               a.kind, a.kind_score, a.title, a.url, a.origin, a.partial,
               (SELECT {list}(s.key, ',') FROM (SELECT t.key FROM tag t WHERE t.article_id = a.id
                 AND t.dimension = 'country' AND t.role = 'about' ORDER BY t.salience DESC, t.key) s)
                 AS countries_about,
               (SELECT {list}(s.key, ',') FROM (SELECT t.key FROM tag t WHERE t.article_id = a.id
                 AND t.dimension = 'theme' AND t.role = 'about' ORDER BY t.salience DESC, t.key) s)
                 AS themes_about,
               (SELECT count(c.id) FROM article c WHERE c.story_id = a.story_id) AS story_articles,
               (SELECT {list}(trim(b.value, '"'), ', ') FROM {items} b) AS authors,
               a.partial_reason, a.text_cut, a.version, a.gone_at
          FROM article a JOIN outlet o ON o.id = a.outlet_id""",
    # One row an earlier version of an article: the text until it was edited.
    "v_version": """
        SELECT x.article_id, x.version, x.replaced_at, x.exact_hash, x.title, x.text
          FROM article_version x""",
    # One row a hit: an article that matched a rule, and what became of it.
    "v_hit": """
        SELECT h.id AS hit_id, h.created_at, h.rule, h.severity, h.decision, h.reason, h.why,
               h.article_id, h.story_id, a.title, a.url, o.domain AS outlet, a.language, a.kind,
               a.published_at, l.identity AS alert,
               (SELECT count(d.id) FROM delivery d WHERE d.alert_id = l.id AND d.state = 'sent') AS sent,
               (SELECT count(d.id) FROM delivery d WHERE d.alert_id = l.id AND d.state = 'pending')
                 AS pending,
               (SELECT count(d.id) FROM delivery d WHERE d.alert_id = l.id AND d.state = 'dead') AS dead,
               h.digest, (SELECT v."right" FROM verdict v WHERE v.hit_id = h.id ORDER BY v.id DESC LIMIT 1)
                 AS verdict
          FROM hit h JOIN article a ON a.id = h.article_id JOIN outlet o ON o.id = a.outlet_id
               LEFT JOIN alert l ON l.id = h.alert_id""",
    # Counts by day, country, theme and kind; country and theme stand in one sentence or near each other.
    "v_daily": """
        SELECT {day} AS day, j.country, j.theme, a.kind, count(a.id) AS articles,
               count(DISTINCT a.story_id) AS stories, count(DISTINCT a.outlet_id) AS outlets
          FROM joint j JOIN article a ON a.id = j.article_id
         WHERE j.same_sentence OR j.words <= {tie_words}
         GROUP BY {day}, j.country, j.theme, a.kind""",
    # One row an attitude of one country towards another in an article.
    "v_attitude": """
        SELECT t.id AS attitude_id, {day} AS day, t.source AS from_country, t.target AS to_country,
               t.stance, t.quote, t.article_id, a.story_id, o.domain AS outlet, a.language, a.kind, a.title,
               a.url
          FROM attitude t JOIN article a ON a.id = t.article_id JOIN outlet o ON o.id = a.outlet_id""",
    # One row a feed: how it is.
    "v_source_health": """
        SELECT f.id AS feed_id, f.url, f.title, f.folder, f.country, f.language, f.added_at,
               f.last_polled_at, f.last_success_at, f.next_poll_at, f.last_error, f.retired, f.gap_at,
               (SELECT count(e.id) FROM feed_entry e WHERE e.feed_id = f.id) AS entries,
               (SELECT count(e.id) FROM feed_entry e WHERE e.feed_id = f.id
                 AND e.state = 'quarantined') AS quarantined,
               (SELECT max(e.first_seen_at) FROM feed_entry e WHERE e.feed_id = f.id) AS last_entry_at,
               f.interval_seconds, f.entries_per_day
          FROM feed f WHERE f.removed_at IS NULL""",
}


def create_statements(dialect: str) -> list[str]:
    """Return the CREATE VIEW statements for `sqlite` or `postgresql`."""
    return [f"CREATE VIEW {name} AS{select.format(**_DIALECT[dialect])}" for name, select in _VIEWS.items()]


def drop_statements() -> list[str]:
    """Return the DROP VIEW statements."""
    return [f"DROP VIEW IF EXISTS {name}" for name in _VIEWS]
