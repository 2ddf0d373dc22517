"""host, port -> a connected socket, or the reason why not: the only place that opens sockets.

Every address is checked where the socket for it is made, so what was checked is what is connected:
a name that answers differently the second time (DNS rebinding) gains nothing.
"""

import asyncio
import errno
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import aiohappyeyeballs
from aiohttp.abc import AbstractResolver, ResolveResult

from monitor.config import Network

AddressInfo = tuple[
    int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[str, int] | tuple[str, int, int, int]
]

# Cloud metadata services hand out credentials to whoever asks from the machine: no setting opens them.
_METADATA = frozenset(
    map(ip_address, ("169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192"))
)

# IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates). Our own table, since
# what `ipaddress.is_global` says differs between patch releases of Python. The first match names the reason.
_SPECIAL_V4 = tuple(
    (ip_network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "this-network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_SPECIAL_V6 = tuple(
    (ip_network(network), reason)
    for network, reason in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
        ("2001:2::/48", "benchmarking"),
        ("2001::/23", "reserved"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214: upper half of the interface identifier


class ForbiddenAddress(OSError):
    """The guard refused an address or a port; `str()` is the reason, fit to show."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EACCES, reason)

    def __str__(self) -> str:
        return str(self.strerror)


def _embedded(address: IPv6Address) -> tuple[str, tuple[IPv4Address, ...]]:
    """Return how, and which, IPv4 addresses an IPv6 address leads to."""
    if address.ipv4_mapped is not None:
        return "IPv4-mapped", (address.ipv4_mapped,)
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64:
        return "NAT64", (low,)
    if address.sixtofour is not None:
        return "6to4", (address.sixtofour,)
    if address.teredo is not None:
        return "Teredo", address.teredo
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return "ISATAP", (low,)
    return "", ()


def check_address(ip: str, *, allow_private: Iterable[Network]) -> str | None:
    """Receive a numeric address; return why it is refused, or null where it may be connected to.

    `allow_private` opens networks that are closed otherwise; it never opens cloud metadata services.
    """
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return "not an IP address"
    allowed = tuple(allow_private)
    if isinstance(address, IPv4Address):
        return _check_v4(address, allowed)
    if address in _METADATA:
        return "cloud metadata service"
    if any(address in network for network in allowed):
        return None
    form, inner = _embedded(address)
    if inner:
        reasons = [reason for v4 in inner if (reason := _check_v4(v4, allowed))]
        return f"{form} form of a forbidden address ({reasons[0]})" if reasons else None
    for network, reason in _SPECIAL_V6:
        if address in network:
            return reason
    return None if address in _GLOBAL_UNICAST else "reserved"


def _check_v4(address: IPv4Address, allowed: Sequence[Network]) -> str | None:
    if address in _METADATA:
        return "cloud metadata service"
    if any(address in network for network in allowed):
        return None
    return next((reason for network, reason in _SPECIAL_V4 if address in network), None)


class SystemResolver(AbstractResolver):
    """The system's name lookup in threads of its own, so that dead name servers hold up nothing else."""

    def __init__(self, threads: int = 16) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of `host`; raises OSError (gaierror) where there are none.

        Names below `localhost` are this machine's (RFC 6761), whatever the system's lookup knows of them.
        """
        if host.rstrip(".").lower().endswith(".localhost"):
            host = "localhost"
        lookup = partial(
            socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, lookup)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]) + (f"%{address[3]}" if len(address) == 4 and address[3] else ""),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Let go of the threads; a lookup under way ends on its own."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Guard:
    """Decides what may be connected to, and makes the sockets.

    `ports`: those allowed, null for any (the owner's own channels). `allow_private`: networks to open.
    """

    def __init__(self, ports: Iterable[int] | None, allow_private: Iterable[Network]) -> None:
        self._ports = None if ports is None else frozenset(ports)
        self._allow_private = tuple(allow_private)

    def refuses(self, ip: str, port: int) -> str | None:
        """Return one sentence where the address or port is refused, else null."""
        if not self.allows_port(port):
            return f"port {port} is not allowed"
        reason = check_address(ip, allow_private=self._allow_private)
        return f"the address {ip} is not allowed: {reason}" if reason else None

    def allows_port(self, port: int) -> bool:
        """Whether the port may be connected to."""
        return self._ports is None or port in self._ports

    def socket_factory(self, info: AddressInfo) -> socket.socket:
        """Make the socket that is connected next to exactly this address; raises ForbiddenAddress.

        For aiohttp's `TCPConnector(socket_factory=...)`, which hands over the address it then connects to.
        """
        family, kind, protocol, _, address = info
        if reason := self.refuses(address[0], address[1]):
            raise ForbiddenAddress(reason)
        return socket.socket(family=family, type=kind, proto=protocol)

    def resolver(self, inner: AbstractResolver) -> AbstractResolver:
        """Return `inner` without its forbidden answers, so that a failure says so."""
        return _GuardedResolver(self, inner)

    async def open_connection(
        self, host: str, port: int, resolver: AbstractResolver, *, timeout_seconds: float = 30
    ) -> socket.socket:
        """Return a connected, non-blocking TCP socket; raises OSError (ForbiddenAddress among them)."""
        async with asyncio.timeout(timeout_seconds):
            found = await self.resolver(resolver).resolve(host, port, socket.AF_UNSPEC)
            infos = [_address_info(result, port) for result in found]
            return await aiohappyeyeballs.start_connection(
                infos, happy_eyeballs_delay=0.25, socket_factory=self.socket_factory
            )


def _address_info(result: ResolveResult, port: int) -> AddressInfo:
    host = result["host"]
    if ":" in host:
        return (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))


class _GuardedResolver(AbstractResolver):
    def __init__(self, guard: Guard, inner: AbstractResolver) -> None:
        self._guard = guard
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = []
        reason = "the host has no address"
        for result in found:
            if refused := self._guard.refuses(result["host"], port):
                reason = refused
            else:
                allowed.append(result)
        if found and not allowed:
            raise ForbiddenAddress(f"{host}: {reason}")
        return allowed

    async def close(self) -> None:
        """Nothing of its own to close: `inner` belongs to who made it."""


def sd_notify(state: str, address: str) -> None:
    """Tell the service manager a state such as `READY=1` (sd_notify(3)); raises OSError.

    `address` is the value of NOTIFY_SOCKET: a path, or `@name` in the abstract name space.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.sendall(state.encode())
