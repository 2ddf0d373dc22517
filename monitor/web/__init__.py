"""The web server: answers to the signed links in messages. `monitor web` runs it, beside the daemon.

    app.py       requests -> pages and rows; security headers
    serve.py     the server process
    templates/   the pages

It is a process of its own: it is reached from outside, and whatever is done to it holds up no poll and no
alert.
"""
