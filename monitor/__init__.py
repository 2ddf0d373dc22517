"""monitor: watches news and opinion feeds, explains every hit, and never loses an alert.

The map. Read the package in this order to follow one article from feed to alert:

    model.py      the frozen values that the stages hand to each other
    errors.py     what can stop an operation
    config.py     one TOML file -> Config
    urls.py, text.py   small shared leaves

    pure rooms: no network, no database, no clock, no randomness
    feeds/        bytes -> ParsedFeed (parse); when to poll next (schedule); feeds of a site (discover); OPML
    articles/     page -> Extracted: text, metadata, language, kind, and the prints that find copies
    tagging/      text -> Tagging: countries, themes, joint evidence, attitudes, each with its sentence
    watch/        the watch language (query) and the decider: Analysis + history -> alert, or why not
    messages/     Alert or digest -> Message for every channel
    analysis.py   Document -> Analysis: composes articles/ and tagging/

    effects: siblings never import each other
    net/          the one guarded way to the network: address checks, caps, politeness, robots.txt
    store/        the database: tables, one module per domain; functions take a session, never commit
    channels/     Message -> SendOutcome: email, Slack, webhook, console, apprise
    workers.py    CPU work in processes with limits

    batch.py      JSON lines -> JSON lines: many documents, in the worker processes

    services: own the transactions; never import each other
    pipeline/     poll, ingest, deliver, digest, backtest

    doors
    daemon.py     APScheduler ticks over the services
    cli/          the `monitor` command

Imports go downward only; `tests/test_floors.py` proves it.
"""

__version__ = "0.1.0"
