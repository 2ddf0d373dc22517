"""monitor: watches news and opinion feeds, explains every hit, and never loses an alert.

The map. Read the package in this order to follow one article from feed to alert:

    model.py      the frozen values that the stages hand to each other
    errors.py     what can stop an operation
    config/       one TOML file and its secrets -> Config
    urls.py, text.py, countries.py, clock.py, logs.py   small shared leaves
    links.py      signed links: a verdict or a mute in one click
    crew.py       works off what is due, a bounded number at once

    pure rooms: no network, no database, no clock, no randomness
    feeds/        bytes -> ParsedFeed (parse); when to poll next (schedule); feeds of a site (discover); OPML
    articles/     page -> Extracted: text, metadata, language, kind, and the prints that find copies
    tagging/      text -> Tagging: countries, themes, joint evidence, attitudes, each with its sentence
    watch/        the watch language (query) and the decider: Analysis + history -> alert, or why not
    messages/     Alert or digest -> Message for every channel
    analysis.py   Document -> Analysis: composes articles/ and tagging/
    jobs.py       what worker processes run: bytes -> FoundFeed, Document -> Understood

    effects: siblings never import each other
    net/          the one guarded way to the network: address checks, caps, politeness, robots.txt
    store/        the database: tables, one module per domain; functions take a session, never commit
    channels/     Message -> SendOutcome: email, Slack, webhook, console, apprise
    workers/      CPU work in processes with limits

    batch.py      JSON lines -> JSON lines: many documents, in the worker processes
    evaluate.py   labelled texts + analyses -> precision, recall, the worst errors

    services: own the transactions; never import each other
    pipeline/     poll, ingest, deliver, digest, backtest
    services.py   the services of one configuration, wired together

    doors
    daemon.py     APScheduler ticks over the services
    web/          answers the signed links of mails
    demo/         a bundled newsroom on loopback, and the whole job run on it
    cli/          the `monitor` command

Imports go downward only; `tests/test_floors.py` proves it.
"""

__version__ = "0.1.0"
