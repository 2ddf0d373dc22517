"""What may be connected to, and that nothing else connects."""

import ast
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.net.guard import ForbiddenAddress, Guard, check_address, sd_notify
from tests.net.servers import LOOPBACK, Names, Server

PACKAGE = Path(__file__).parents[2] / "monitor"

REFUSED = [
    ("0.0.0.0", "this-network"),
    ("10.0.0.1", "private"),
    ("100.64.0.1", "carrier-grade NAT"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("169.254.1.1", "link-local"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.0.0.8", "reserved"),
    ("192.0.2.1", "documentation"),
    ("192.88.99.1", "reserved"),
    ("192.168.1.1", "private"),
    ("198.18.0.1", "benchmarking"),
    ("198.51.100.7", "documentation"),
    ("203.0.113.7", "documentation"),
    ("224.0.0.1", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::7f00:1", "reserved"),  # IPv4-compatible, long deprecated
    ("::ffff:0:7f00:1", "reserved"),  # IPv4-translated
    ("64:ff9b:1::1", "local NAT64"),
    ("100::1", "reserved"),
    ("2001:db8::1", "documentation"),
    ("3fff::1", "documentation"),
    ("2001:2::1", "benchmarking"),
    ("2001:10::1", "reserved"),
    ("5f00::1", "reserved"),
    ("fd12:3456::1", "private"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "private"),
    ("ff02::1", "multicast"),
    ("::ffff:127.0.0.1", "IPv4-mapped form of a forbidden address (loopback)"),
    ("::ffff:10.1.2.3", "IPv4-mapped form of a forbidden address (private)"),
    ("64:ff9b::7f00:1", "NAT64 form of a forbidden address (loopback)"),
    ("64:ff9b::a9fe:a9fe", "NAT64 form of a forbidden address (cloud metadata service)"),
    ("2002:7f00:1::", "6to4 form of a forbidden address (loopback)"),
    ("2002:c0a8:101::1", "6to4 form of a forbidden address (private)"),
    # Teredo holds its client's address inverted: 0x80fffffe is 127.0.0.1
    ("2001:0:808:808::80ff:fffe", "Teredo form of a forbidden address (loopback)"),
    ("2001:0:a00:1::f7f7:f7f7", "Teredo form of a forbidden address (private)"),
    ("2a00:1450::5efe:7f00:1", "ISATAP form of a forbidden address (loopback)"),
    ("169.254.169.254", "cloud metadata service"),
    ("fd00:ec2::254", "cloud metadata service"),
    ("168.63.129.16", "cloud metadata service"),
    ("100.100.100.200", "cloud metadata service"),
    ("::ffff:168.63.129.16", "IPv4-mapped form of a forbidden address (cloud metadata service)"),
    ("localhost", "not an IP address"),
    ("2130706433", "not an IP address"),
    ("", "not an IP address"),
]


@pytest.mark.parametrize(("address", "reason"), REFUSED)
def test_refused_addresses_name_their_reason(address: str, reason: str) -> None:
    assert check_address(address, allow_private=()) == reason


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "172.32.0.1",
        "100.128.0.1",
        "192.0.1.1",
        "2a00:1450:4001::200e",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_public_addresses_pass(address: str) -> None:
    assert check_address(address, allow_private=()) is None


def test_an_allowance_opens_its_network_in_every_form_and_no_other() -> None:
    intranet = (ip_network("10.1.2.0/24"),)
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203"):
        assert check_address(address, allow_private=intranet) is None
    assert check_address("10.1.3.3", allow_private=intranet) == "private"
    assert check_address("fd12::1", allow_private=(ip_network("fd12::/16"),)) is None


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200"])
def test_no_allowance_opens_a_metadata_service(address: str) -> None:
    everything = (ip_network("0.0.0.0/0"), ip_network("::/0"))
    assert check_address(address, allow_private=everything) == "cloud metadata service"


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_refused(address: IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert check_address(str(address), allow_private=()) is not None


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_outside_global_unicast_passes(address: IPv6Address) -> None:
    if check_address(str(address), allow_private=()) is None:
        assert (
            address in ip_network("2000::/3") or address.ipv4_mapped or address in ip_network("64:ff9b::/96")
        )
        assert not address.is_link_local
        assert not address.is_multicast


@given(st.ip_addresses(v=4))
def test_every_wrapped_form_is_judged_as_its_ipv4_address(address: IPv4Address) -> None:
    plain = check_address(str(address), allow_private=())
    number = int(address)
    wrapped = [
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
    ]
    for form in wrapped:
        assert (check_address(str(form), allow_private=()) is None) == (plain is None), form


def _info(address: str, port: int) -> tuple[int, int, int, str, tuple[str, int]]:
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)


def test_the_socket_factory_refuses_before_there_is_a_socket() -> None:
    guard = Guard((80, 443), ())
    with pytest.raises(ForbiddenAddress, match="loopback"):
        guard.socket_factory(_info("127.0.0.1", 80))
    with pytest.raises(ForbiddenAddress, match="port 25"):
        guard.socket_factory(_info("8.8.8.8", 25))
    guard.socket_factory(_info("8.8.8.8", 443)).close()


async def test_open_connection_connects_only_where_allowed(server: Server) -> None:
    names = Names(mail_example=[["127.0.0.1"]])
    allowed = await Guard(None, LOOPBACK).open_connection("mail.example", server.port, names)
    assert allowed.getpeername() == ("127.0.0.1", server.port)
    allowed.close()
    with pytest.raises(ForbiddenAddress, match=r"mail\.example: the address 127\.0\.0\.1 is not allowed"):
        await Guard(None, ()).open_connection("mail.example", server.port, names)


async def test_open_connection_uses_the_allowed_one_of_several_addresses(server: Server) -> None:
    names = Names(mail_example=[["10.0.0.1", "169.254.169.254", "127.0.0.1"]])
    connected = await Guard(None, LOOPBACK).open_connection("mail.example", server.port, names)
    assert connected.getpeername()[0] == "127.0.0.1"
    connected.close()


def test_sd_notify_sends_one_datagram(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        sd_notify("READY=1", path)
        assert manager.recv(100) == b"READY=1"


# -- nothing else in the program opens a socket ----------------------------------------------------

OPENERS = {
    "socket": {"socket", "create_connection", "create_server", "socketpair", "fromfd"},
    "asyncio": {"open_connection", "open_unix_connection"},
    "aiohttp": {"ClientSession", "TCPConnector", "UnixConnector", "request"},
    "httpx": set(
        "AsyncClient AsyncHTTPTransport Client HTTPTransport "
        "delete get head options patch post put request stream".split()
    ),
    "httpx_aiohttp": {"HttpxAiohttpClient"},
    "aiohappyeyeballs": {"start_connection"},
    "aiosmtplib": {"send"},
}
# these open sockets of their own unless they are given one
CLIENTS = {
    "aiosmtplib": {"SMTP"},
    "httpx_aiohttp": {"AiohttpTransport"},
    "slack_sdk": {"AsyncWebClient", "AsyncWebhookClient", "WebClient"},
}
FORBIDDEN_METHODS = {
    "create_connection",
    "create_datagram_endpoint",
    "create_unix_connection",
    "sock_connect",
}
FORBIDDEN_IMPORTS = {
    "requests", "urllib3", "httpcore", "http.client", "urllib.request",
    "smtplib", "ftplib", "telnetlib", "xmlrpc.client", "websockets", "pycurl",
}  # fmt: skip
MAY = {
    ("net/guard.py", "socket.socket"),
    ("net/guard.py", "aiohappyeyeballs.start_connection"),
    # over Guard.socket_factory
    ("net/fetch.py", "aiohttp.TCPConnector"),
    ("net/fetch.py", "aiohttp.ClientSession"),
}


def _openings(tree: ast.AST) -> set[str]:
    """Return what in a module opens sockets, as dotted names."""
    found: set[str] = set()
    origins: dict[str, str] = {}  # local name -> what it stands for
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported = [(alias.asname or alias.name.split(".")[0], alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported = [(alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names]
        else:
            continue
        origins.update(imported)
        found |= {
            dotted for _, dotted in imported
            if any(f"{dotted}.".startswith(f"{module}.") for module in FORBIDDEN_IMPORTS)
        }  # fmt: skip

    def dotted(node: ast.AST) -> str:
        if isinstance(node, ast.Attribute):
            return f"{dotted(node.value)}.{node.attr}"
        return origins.get(node.id, node.id) if isinstance(node, ast.Name) else ""

    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute)):
            module, _, name = dotted(node).rpartition(".")
            if name in OPENERS.get(module, ()):
                found.add(f"{module}.{name}")
            elif name in FORBIDDEN_METHODS and isinstance(node, ast.Attribute):
                found.add(name)
        if isinstance(node, ast.Call):
            package, _, name = dotted(node.func).rpartition(".")
            bound = {keyword.arg for keyword in node.keywords} & {"client", "sock", "session"}
            if name in CLIENTS.get(package.split(".")[0], ()) and not bound:
                found.add(f"{package}.{name} without a guarded socket or session")
    return found


def test_only_the_guard_opens_sockets() -> None:
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = str(path.relative_to(PACKAGE))
        # annotations such as `-> socket.socket` name the class too, and open nothing
        tree = _without_annotations(ast.parse(path.read_text()))
        wrong += [f"monitor/{module}: {name}" for name in _openings(tree) if (module, name) not in MAY]
    assert not wrong, "\n".join(wrong)


def _without_annotations(tree: ast.AST) -> ast.AST:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return tree


@pytest.mark.parametrize(
    "code",
    [
        "import socket\ns = socket.socket()",
        "from socket import create_connection\ncreate_connection(a)",
        "import asyncio\nasync def f(): await asyncio.open_connection(h, p)",
        "import requests",
        "from urllib.request import urlopen",
        "from urllib import request",
        "import aiohttp\naiohttp.ClientSession()",
        "from aiohttp import ClientSession\nClientSession()",
        "from socket import socket as s\ns()",
        "async def f(loop): await loop.create_connection(x, h, p)",
        "import aiosmtplib\naiosmtplib.SMTP(hostname=h)",
        "import httpx\nhttpx.get(u)",
        "from httpx import AsyncClient\nAsyncClient()",
        "import httpx_aiohttp\nhttpx_aiohttp.AiohttpTransport(verify=t)",
        "import urllib.request",
        "from slack_sdk.web.async_client import AsyncWebClient\nAsyncWebClient(token=t)",
    ],
)
def test_the_search_for_openers_finds_them(code: str) -> None:
    assert _openings(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "import urllib.parse\nurllib.parse.urlsplit(u)",
        "from aiosmtpd.smtp import SMTP\nSMTP(handler)",
        "import aiosmtplib\naiosmtplib.SMTP(hostname=h, sock=s)",
        "import httpx\nhttpx.Request('GET', u)",
        "from httpx_aiohttp import AiohttpTransport\nAiohttpTransport(client=s)",
        "import socket\ntry: pass\nexcept socket.gaierror: pass",
    ],
)
def test_the_search_for_openers_leaves_others_alone(code: str) -> None:
    assert not _openings(ast.parse(code))
