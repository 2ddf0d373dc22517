"""The process that `monitor web` is: uvicorn over the application, until SIGTERM or SIGINT."""

import uvicorn

from monitor.clock import Clock, utc_now
from monitor.config import Config
from monitor.errors import ConfigError, Problem
from monitor.links import signer_of
from monitor.store.database import Database
from monitor.web.app import build

CONNECTIONS_MAX = 200
STOP_SECONDS = 5


def serve(config: Config, database: Database, *, clock: Clock = utc_now) -> None:
    """Answer requests until the process is told to stop. Raises ConfigError without `[web]`."""
    signer = signer_of(config.web)
    if signer is None:
        message = "there is nothing to serve: set base_url and secret in [web]"
        raise ConfigError((Problem(str(config.path), "web", None, message),))
    uvicorn.run(
        build(database, signer, clock=clock),
        host=config.web.host,
        port=config.web.port,
        log_config=None,
        access_log=False,  # the addresses are keys: they do not belong into a log
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
