"""The full-text index of `article.search_text`: made by migrations, kept by triggers.

SQLite: an FTS5 table without contents of its own; the words are separated already, so that the `ascii`
tokenizer, which takes every sign beyond ASCII for a letter, cuts exactly where `normalise_document` did.
PostgreSQL: one narrow table with a GIN index, so that looking at words never reads the articles.
Neither keeps positions (`detail=none`, `array_to_tsvector`): phrases are checked on the words themselves.

A migration that rebuilds `article` (a batch operation on SQLite) drops the triggers: it calls
`drop` before and `create` after.
"""

from sqlalchemy import Connection

_SQLITE_CREATE = (
    "CREATE VIRTUAL TABLE article_search USING fts5(search_text, content='article', content_rowid='id',"
    " tokenize='ascii', detail=none, columnsize=0, prefix='3 5')",
    "CREATE TRIGGER article_search_insert AFTER INSERT ON article BEGIN"
    " INSERT INTO article_search (rowid, search_text) VALUES (new.id, new.search_text); END",
    "CREATE TRIGGER article_search_delete AFTER DELETE ON article BEGIN"
    " INSERT INTO article_search (article_search, rowid, search_text)"
    " VALUES ('delete', old.id, old.search_text); END",
    "CREATE TRIGGER article_search_update AFTER UPDATE OF search_text ON article"
    " WHEN old.search_text <> new.search_text BEGIN"
    " INSERT INTO article_search (article_search, rowid, search_text)"
    " VALUES ('delete', old.id, old.search_text);"
    " INSERT INTO article_search (rowid, search_text) VALUES (new.id, new.search_text); END",
    "INSERT INTO article_search (article_search) VALUES ('rebuild')",
)
_SQLITE_DROP = (
    "DROP TRIGGER article_search_insert",
    "DROP TRIGGER article_search_delete",
    "DROP TRIGGER article_search_update",
    "DROP TABLE article_search",
)
_POSTGRESQL_CREATE = (
    "CREATE TABLE article_search (article_id bigint PRIMARY KEY REFERENCES article (id) ON DELETE CASCADE,"
    " words tsvector NOT NULL)",
    "CREATE FUNCTION article_search_words(stream text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE"
    " AS $$ SELECT array_to_tsvector(array_remove(string_to_array(stream, ' '), '')) $$",
    "CREATE FUNCTION article_search_store() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO article_search VALUES (new.id, article_search_words(new.search_text))"
    " ON CONFLICT (article_id) DO UPDATE SET words = excluded.words; RETURN NULL; END $$",
    "INSERT INTO article_search SELECT id, article_search_words(search_text) FROM article",
    # The planner takes looking into a tsvector for cheap, and would rather read all rows. The function does
    # nothing but cost: with it in the condition, only the index is a way. (A function in SQL is inlined.)
    "CREATE FUNCTION article_search_key(words tsvector) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE"
    " PARALLEL SAFE COST 10000 AS $$ BEGIN RETURN words; END $$",
    "CREATE INDEX ix_article_search_words ON article_search USING gin (article_search_key(words))",
    "CREATE TRIGGER article_search_insert AFTER INSERT ON article"
    " FOR EACH ROW EXECUTE FUNCTION article_search_store()",
    "CREATE TRIGGER article_search_update AFTER UPDATE OF search_text ON article"
    " FOR EACH ROW WHEN (old.search_text IS DISTINCT FROM new.search_text)"
    " EXECUTE FUNCTION article_search_store()",
)
_POSTGRESQL_DROP = (
    "DROP TRIGGER article_search_insert ON article",
    "DROP TRIGGER article_search_update ON article",
    "DROP FUNCTION article_search_store()",
    "DROP TABLE article_search",
    "DROP FUNCTION article_search_key(tsvector)",
    "DROP FUNCTION article_search_words(text)",
)


def create(connection: Connection) -> None:
    """Make the index and fill it from the articles that are stored."""
    sqlite = connection.dialect.name == "sqlite"
    for statement in _SQLITE_CREATE if sqlite else _POSTGRESQL_CREATE:
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Remove the index and its triggers."""
    sqlite = connection.dialect.name == "sqlite"
    for statement in _SQLITE_DROP if sqlite else _POSTGRESQL_DROP:
        connection.exec_driver_sql(statement)
