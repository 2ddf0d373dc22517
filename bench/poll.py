"""CPU seconds of polling 1,000 feeds, cold and warm, beside lemon24/reader in the same run.

    python bench/poll.py [--feeds 1000] [--hosts 200] [--entries 20] [--rounds 3] [--https] [--only monitor]

A server process of its own answers for all hosts on loopback (its CPU is not counted). Each contender is a
process of its own; counted is the CPU of that process and of all its children while it polls, imports and
set-up apart. Cold: everything is new. Warm: the same feeds again in the same process, all answered 304.
Politeness is switched to zero but for one request at a time to a host; everything is stored. reader comes
from its package: pip install reader.
The server counts its answers: "asked" has those of the warm round with a body, and those without (304).
"""

import argparse
import asyncio
import gc
import json
import os
import random
import resource
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

IMPORTS = "from monitor.store.database import Database; from monitor.store.migrate import upgrade"
WORDS = (
    "president minister border energy gas pipeline treaty army sanctions trade court vote bank port".split()
)


def feed(number: int, entries: int) -> bytes:
    """Return an RSS feed of about 30 kB."""
    draw = random.Random(number)
    items = []
    for item in range(entries):
        text = " ".join(draw.choices(WORDS, k=190))
        items.append(
            f"<item><title>{' '.join(draw.choices(WORDS, k=8))} {item}</title>"
            f"<link>http://h{number}.example/{number}/{item}</link><guid>{number}-{item}</guid>"
            f"<pubDate>Mon, {1 + item % 28:02} Jun 2026 10:{item % 60:02}:00 +0300</pubDate>"
            f"<description>&lt;p&gt;{text}&lt;/p&gt;</description></item>"
        )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Feed {number}</title>'
        f"<link>http://h{number}.example/</link><language>en</language>{''.join(items)}</channel></rss>"
    ).encode()


def serve(entries: int, certificate: str | None) -> None:
    """Serve feeds with an ETag on a free port; prints the port. A plain protocol: the server must not be
    what is measured. `/counts` tells the answers since it was last asked: with a body, and without."""
    made: dict[bytes, bytes] = {}
    counts = [0, 0]

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport
            self.buffer = b""

        def data_received(self, data: bytes) -> None:
            self.buffer += data
            while b"\r\n\r\n" in self.buffer:
                head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
                path = head.split(b" ", 2)[1]
                if path == b"/counts":
                    told = json.dumps(counts).encode()
                    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(told) + told
                    counts[:] = 0, 0
                elif b"if-none-match" in head.lower():
                    counts[1] += 1
                    answer = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
                else:
                    counts[0] += 1
                    if path not in made:
                        made[path] = feed(int(path.strip(b"/")), entries)
                    answer = b'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "1"\r\n'
                    answer += b"Content-Length: %d\r\n\r\n" % len(made[path]) + made[path]
                self.transport.write(answer)  # type: ignore[attr-defined]

    async def main() -> None:
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
        server = await asyncio.get_running_loop().create_server(Protocol, "127.0.0.1", 0, ssl=context)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(main())


def cpu_seconds() -> float:
    """CPU of this process and of every process below it, living or ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = resource.getrusage(resource.RUSAGE_SELF)
    total = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
    ticks = os.sysconf("SC_CLK_TCK")
    for pid in descendants():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(int(field) for field in fields[11:15]) / ticks
    return total


def descendants() -> set[int]:
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def memory_mb() -> float:
    """Proportional set size of this process and all below it: shared pages are counted once."""
    total = 0
    for pid in {os.getpid()} | descendants():
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def everything_is_here() -> None:
    """Let every host name lead to this machine."""
    real = socket.getaddrinfo

    def here(host: Any, *args: Any, **kwargs: Any) -> Any:
        return real("127.0.0.1", *args, **kwargs)

    socket.getaddrinfo = here


def urls(base: str, feeds: int, hosts: int) -> list[str]:
    scheme, port = base.split(":")
    return [f"{scheme}://host{n % hosts}.bench.example:{port}/{n}" for n in range(feeds)]


def answers(base: str) -> list[int]:
    """Return how many answers the server gave since it was last asked: with a body, and without."""
    scheme, port = base.split(":")
    with urllib.request.urlopen(f"{scheme}://host0.bench.example:{port}/counts") as response:
        counts: list[int] = json.load(response)
    return counts


def report(**figures: Any) -> None:
    print(json.dumps(figures), flush=True)


async def ours(base: str, feeds: int, hosts: int) -> None:
    import structlog

    from monitor.config import Config
    from monitor.services import open_services
    from monitor.store import entries
    from monitor.store import feeds as stored

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as folder:
        config = Config.model_validate(
            {
                "database": {"url": f"sqlite:///{folder}/monitor.db"},
                "network": {
                    "ports": [int(base.split(":")[1])], "allow_private": ["127.0.0.0/8"],
                    "default_host": {"delay": "0s"},
                },
                "feeds": [{"url": url} for url in urls(base, feeds, hosts)],
            }
        )  # fmt: skip
        # In a process of its own, as a daemon's database is: migrating takes memory that polling does not.
        make = [sys.executable, "-c", f"{IMPORTS}; upgrade(Database({config.database.url!r}))"]
        await asyncio.to_thread(subprocess.run, make, check=True)
        async with open_services(config) as services:
            await services.readers.prewarm()
            gc.collect()  # as the daemon does once it is up
            gc.freeze()
            before, begun = cpu_seconds(), time.perf_counter()
            await services.poller.crew.drain()
            report(cold_cpu=cpu_seconds() - before, cold_wall=time.perf_counter() - begun)
            count = services.database.read(entries.pending_count)
            await asyncio.to_thread(answers, base)
            await services.database.awrite(lambda session: stored.make_due(session, services.clock()))
            before, begun = cpu_seconds(), time.perf_counter()
            await services.poller.crew.drain()
            report(warm_cpu=cpu_seconds() - before, warm_wall=time.perf_counter() - begun)
            report(entries=count, memory_mb=memory_mb(), asked=await asyncio.to_thread(answers, base))


def theirs(base: str, feeds: int, hosts: int) -> None:
    if authority := os.environ.get("SSL_CERT_FILE"):
        import certifi

        certifi.where = lambda: authority  # before requests asks for it
    from reader import make_reader

    with tempfile.TemporaryDirectory() as folder:
        reader = make_reader(f"{folder}/reader.sqlite")
        for url in urls(base, feeds, hosts):
            reader.add_feed(url)
        before, begun = cpu_seconds(), time.perf_counter()
        reader.update_feeds(workers=8, scheduled=False)
        report(cold_cpu=cpu_seconds() - before, cold_wall=time.perf_counter() - begun)
        answers(base)
        before, begun = cpu_seconds(), time.perf_counter()
        reader.update_feeds(workers=8, scheduled=False)
        report(warm_cpu=cpu_seconds() - before, warm_wall=time.perf_counter() - begun)
        report(entries=reader.get_entry_counts().total or 0, memory_mb=memory_mb(), asked=answers(base))
        reader.close()


def measure(who: str, base: str, options: argparse.Namespace, authority: str | None) -> dict[str, Any]:
    command = [sys.executable, __file__, "--as", who, "--base", base]
    command += ["--feeds", str(options.feeds), "--hosts", str(options.hosts)]
    trust = {"SSL_CERT_FILE": authority} if authority else {}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | trust)
    figures: dict[str, Any] = {}
    for line in done.stdout.splitlines():
        figures |= json.loads(line)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--entries", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--https", action="store_true", help="over TLS, with a certificate made for the run")
    parser.add_argument("--only", choices=("monitor", "reader"), help="one contender")
    parser.add_argument("--as", dest="who", help=argparse.SUPPRESS)
    parser.add_argument("--base", help=argparse.SUPPRESS)  # scheme:port
    parser.add_argument("--certificate", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.who == "server":
        serve(options.entries, options.certificate)
    elif options.who:
        everything_is_here()
        if options.who == "monitor":
            asyncio.run(ours(options.base, options.feeds, options.hosts))
        else:
            theirs(options.base, options.feeds, options.hosts)
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(options, Path(folder))


def compare(options: argparse.Namespace, folder: Path) -> None:
    serving = [sys.executable, __file__, "--as", "server", "--entries", str(options.entries)]
    authority = None
    if options.https:
        import trustme

        made = trustme.CA()
        made.cert_pem.write_to_path(authority := str(folder / "authority.pem"))
        made.issue_cert("*.bench.example").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
        serving += ["--certificate", str(folder / "server.pem")]
    with subprocess.Popen(serving, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        base = f"{'https' if options.https else 'http'}:{int(server.stdout.readline())}"
        contenders = [options.only] if options.only else ["monitor", "reader"]
        rounds = []
        try:
            print(f"{options.feeds} feeds, {options.hosts} hosts, {options.entries} entries each, {base}")
            heads = f"{'cold CPU s':>22}{'warm CPU s':>12}{'cold s':>9}{'warm s':>9}{'entries':>9}{'MB':>7}"
            print(f"{heads}  asked")
            for _ in range(options.rounds):
                rows = {who: measure(who, base, options, authority) for who in contenders}
                rounds.append(rows)
                for who, row in rows.items():
                    print(
                        f"{who:10}{row['cold_cpu']:12.2f}{row['warm_cpu']:12.2f}{row['cold_wall']:9.1f}"
                        f"{row['warm_wall']:9.1f}{row['entries']:9.0f}{row['memory_mb']:7.0f}"
                        f"  {row['asked'][0]}+{row['asked'][1]}",
                        flush=True,
                    )
        finally:
            server.kill()
    if not options.only:
        cold, warm = (
            statistics.median(rows["monitor"][key] / rows["reader"][key] for rows in rounds)
            for key in ("cold_cpu", "warm_cpu")
        )
        print(f"ratio     {cold:12.3f}{warm:12.3f}   (median; wanted: at most 0.125 and 0.250)")


if __name__ == "__main__":
    main()
