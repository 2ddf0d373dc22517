"""The kinds of values that a configuration holds: text as written -> a checked value.

Every validator raises ValueError with a sentence that says what to write instead.
"""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo

from monitor.config.codes import COUNTRIES

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_duration(value: object) -> timedelta:
    """Read `"90s"`, `"5m"`, `"6h"`, `"30d"`, `"2w"`; raises ValueError with the accepted forms."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and value[-1:] in _UNITS:
        try:
            return timedelta(seconds=float(value[:-1]) * _UNITS[value[-1]])
        except (ValueError, OverflowError):
            pass
    raise ValueError('not a duration: write a number and a unit, such as "90s", "5m", "6h" or "30d"')


def format_duration(value: timedelta) -> str:
    """Return `value` as `parse_duration` reads it, in the largest unit that divides it."""
    seconds = value.total_seconds()
    for unit, size in sorted(_UNITS.items(), key=lambda item: -item[1]):
        if seconds and seconds % size == 0:
            return f"{seconds // size:.0f}{unit}"
    return f"{seconds:g}s"


def _not_negative(value: timedelta) -> timedelta:
    if value < timedelta(0):
        raise ValueError("a duration cannot be negative")
    return value


def did_you_mean(word: str, known: list[str]) -> str:
    """Return `; did you mean "x"?` where a known word is close to `word`, else nothing."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return f'; did you mean "{by_lower[close[0]]}"?' if close else ""


def _network(value: object) -> IPv4Network | IPv6Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(value)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        raise ValueError('not a network: write an address range, such as "10.1.2.0/24"') from None


def _path(value: object) -> object:
    return Path(value).expanduser() if isinstance(value, str) else value


def _country(value: str) -> str:
    code = value.upper()
    if code not in COUNTRIES:
        raise ValueError(f'"{value}" is not a country code: write ISO 3166-1 alpha-2, such as "KZ", or "EU"')
    return code


def _country_or_empty(value: str) -> str:
    return _country(value) if value else value


def _language_or_empty(value: str) -> str:
    return _language(value) if value else value


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2}", value):
        raise ValueError(f'"{value}" is not a language code: write ISO 639-1, such as "ru"')
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f'"{value}" is not an IANA time zone: write one such as "Europe/Berlin" or "UTC"'
        ) from None
    return value


def _clock_time(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError(f'"{value}" is not a time of day: write hours and minutes, such as "22:00"')
    return value


def _cron(value: str) -> str:
    # APScheduler counts weekdays from Monday, cron from Sunday: only names mean the same to everybody.
    from apscheduler.triggers.cron import CronTrigger

    fields = value.split()
    if len(fields) != 5:
        raise ValueError(f'"{value}" has {len(fields)} fields instead of five, such as "0 7 * * mon-fri"')
    if re.search(r"\d", fields[4].partition("/")[0]):
        raise ValueError(
            "write the day of the week by name, mon to sun: programs number the days differently"
        )
    try:
        CronTrigger.from_crontab(value, timezone="UTC")
    except ValueError as error:
        raise ValueError(f'"{value}" is not a cron expression: {error}') from None
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", value):
        raise ValueError(f'"{value}" is not a web address: write one that begins with https:// or http://')
    return value


def _web_address_or_empty(value: str) -> str:
    return _web_address(value) if value else value


def _notify(value: str) -> str:
    if value != "now" and not re.fullmatch(r"digest:.+", value):
        raise ValueError(f'"{value}" is neither "now" nor "digest:NAME"')
    return value


def _host_name(value: str) -> str:
    host = value.lower().removeprefix("www.")
    if not re.fullmatch(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_][\w-]*[^\W_]", host):
        raise ValueError("write a host name such as example.org, without https:// and path")
    return host


def _selector(value: str) -> str:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError  # only where a selector is written

    try:
        LexborHTMLParser("<p></p>").css(value)
    except SelectolaxError as error:
        raise ValueError("this is no CSS selector; write one such as div.article-text") from error
    return value


def _line(value: str) -> str:
    if not value.strip() or any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise ValueError("write some text on one line")
    return value


Duration = Annotated[timedelta, BeforeValidator(parse_duration), AfterValidator(_not_negative)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
FilePath = Annotated[Path, BeforeValidator(_path)]
CountryCode = Annotated[str, AfterValidator(_country)]
CountryCodeOrEmpty = Annotated[str, AfterValidator(_country_or_empty)]
LanguageCode = Annotated[str, AfterValidator(_language)]
LanguageCodeOrEmpty = Annotated[str, AfterValidator(_language_or_empty)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
ClockTime = Annotated[str, AfterValidator(_clock_time)]
Cron = Annotated[str, AfterValidator(_cron)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
WebAddressOrEmpty = Annotated[str, AfterValidator(_web_address_or_empty)]
Notify = Annotated[str, AfterValidator(_notify)]
HostName = Annotated[str, AfterValidator(_host_name)]
Selector = Annotated[str, AfterValidator(_line), AfterValidator(_selector)]
Line = Annotated[str, AfterValidator(_line)]


# -- secrets ---------------------------------------------------------------------------------------

WAYS_TO_SECRETS = '{ env = "NAME" }, { file = "PATH" } or { credential = "NAME" }'


@dataclass(frozen=True, slots=True)
class SecretSources:
    """Where secrets are looked up while a file is read. `warnings` collects what is unsafe but usable."""

    environ: Mapping[str, str]
    credentials_dir: Path | None  # systemd's $CREDENTIALS_DIRECTORY
    base_dir: Path  # relative paths in the file start here
    warnings: list[str] = field(default_factory=list)

    def look_up(self, source: Mapping[str, Any]) -> str:
        """Return the secret that `source` points to; raises ValueError saying what to do."""
        kind, name = next(iter(source.items()), ("", ""))
        if len(source) != 1 or kind not in ("env", "file", "credential") or not isinstance(name, str):
            raise ValueError(f"a secret is exactly one of {WAYS_TO_SECRETS}")
        if kind == "env":
            value = self.environ.get(name, "")
            if not value:
                raise ValueError(f"the environment variable {name} is not set")
            return value
        if kind == "file":
            return self._read(self.base_dir / Path(name).expanduser())
        if self.credentials_dir is None:
            raise ValueError(
                f"there are no systemd credentials here: start as a service with LoadCredential={name}, "
                "or use env or file"
            )
        if Path(name).name != name:
            raise ValueError(f'"{name}" is not a credential name: it is a file name without a folder')
        return self._read(self.credentials_dir / name, private=True)

    def _read(self, path: Path, *, private: bool = False) -> str:
        try:
            value = path.read_text("utf-8").strip()
            mode = path.stat().st_mode
        except OSError as error:
            raise ValueError(f"the secret file {path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ValueError(f"the secret file {path} is not UTF-8 text") from None
        if not value:
            raise ValueError(f"the secret file {path} is empty")
        if not private and mode & stat.S_IROTH:
            self.warnings.append(f"every user of this machine can read {path}: run chmod 600 on it")
        return value


def _secret(value: object, info: ValidationInfo) -> object:
    sources = info.context
    if not isinstance(sources, SecretSources):  # built by a program, not read from a file
        return value
    if isinstance(value, Mapping):
        return SecretStr(sources.look_up(value))
    raise ValueError(f"a secret does not stand in the file itself: write {WAYS_TO_SECRETS}")


Secret = Annotated[SecretStr, BeforeValidator(_secret)]
