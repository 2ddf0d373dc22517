"""store: the database. Functions take a session and never commit; ORM objects never leave this room.

database.py    engine, sessions, the writer thread, the lock of the one daemon
tables.py      all tables; types.py and sql.py their small print; views.py the stable face for others
migrate.py     to this program's schema, and backups
feeds.py       feeds and their polls            entries.py   feed entries: the queue of ingest
articles.py    articles, stories, site memory   reading.py   stored articles as values again
hits.py        hits and alerts                  outbox.py    what is to be delivered
"""
