"""demo: a newsroom on loopback, and the whole job done on it offline.

    articles.py   the bundled articles and outlets, as values
    newsroom.py   serves them as sites and feeds on loopback ports
    sinks.py      a mail catcher and a Slack that keep what they are sent
    run.py        polls, ingests, delivers and digests, and tells what happens

Outlets, authors and events are invented. Countries and institutions are real, what they do here is not.
"""
