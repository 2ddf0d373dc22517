"""A real PostgreSQL for the tests: the system's, or else one from a package; started once a session."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_PLACES = ("/usr/lib/postgresql", "/usr/local/lib/postgresql", "/opt/homebrew/opt")


def _binaries() -> Path | None:
    """Return the folder with `initdb` and `postgres`, the newest first."""
    for place in _PLACES:
        found = sorted(Path(place).glob("*/bin/initdb"), key=lambda path: path.parts[-3], reverse=True)
        if found:
            return found[0].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    try:
        import pgserver  # a wheel with the server's binaries
    except ImportError:
        return None
    return Path(pgserver.__file__).parent / "pginstall" / "bin"


def _as_server_user(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return command
    return ["setpriv", f"--reuid={_server_user()}", f"--regid={_server_user()}", "--clear-groups", *command]


def _server_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Yield an SQLAlchemy URL without a database name; skips without PostgreSQL, but never in CI."""
    binaries = _binaries()
    if binaries is None:
        message = "no PostgreSQL: install the system's package, or `pip install pgserver`"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="monitor-pg-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, _server_user())
        data = folder / "data"
        run = {"check": True, "capture_output": True, "timeout": 120, "cwd": folder}
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "monitor", "-A", "trust", "-E", "UTF8"]
        subprocess.run(_as_server_user([*initdb, "--locale=C", "--no-sync"]), **run)
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        control = [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
        subprocess.run(_as_server_user([*control, "-o", options, "start"]), **run)
        try:
            yield f"postgresql+psycopg://monitor@/{{name}}?host={folder}"
        finally:
            subprocess.run(_as_server_user([*control, "-m", "immediate", "stop"]), **run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
