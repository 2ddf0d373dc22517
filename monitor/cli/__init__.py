"""The `monitor` command.

Exit codes: 0 fine, 1 the work failed, 2 wrong usage or configuration. Commands import the rooms that
they need when they run, so that `monitor --help` is quick.
"""

import os
import sys


def main() -> None:
    """Run the command line of this process and exit."""
    from monitor.cli.app import app
    from monitor.errors import ConfigError, MonitorError, QueryError

    code: object = 0
    try:
        app(prog_name="monitor")
    except SystemExit as done:
        code = done.code
    except QueryError as error:
        code = _fail(error.pointed(), 2)
    except ConfigError as error:
        code = _fail(error, 2)
    except MonitorError as error:
        code = _fail(error, 1)
    except BrokenPipeError:
        code = 1
    except Exception as error:
        # A database that is away is no bug of ours. SQLAlchemy is only there if the command loaded it.
        library = sys.modules.get("sqlalchemy.exc")
        if library is None or type(error) not in (library.OperationalError, library.DatabaseError):
            raise
        code = _fail(getattr(error, "orig", None) or error, 1)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone. Python would try once more at exit, and say so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code if isinstance(code, int | str) else 0)


def _fail(error: BaseException | str, code: int) -> int:
    from monitor.cli.output import complain

    complain(str(error))
    return code
