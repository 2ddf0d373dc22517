"""A TOML file and its secrets -> `Config`, or every problem at once.

The rooms that know feeds lists, the watch language and themes' patterns lie above this one, so the caller
hands in the functions that read them.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from monitor.config.codes import THEMES
from monitor.config.explain import explain
from monitor.config.lines import KeyPath, key_lines
from monitor.config.schema import Config, FeedConfig, ThemeConfig
from monitor.config.types import SecretSources, did_you_mean
from monitor.errors import ConfigError, FeedError, Problem, QueryError
from monitor.urls import site_of

ReadOpml = Callable[[bytes], Iterable[FeedConfig]]
CheckQuery = Callable[[str, Sequence[str]], object]  # a query, and the theme keys of the user's own
CheckTheme = Callable[[ThemeConfig], object]

_NOT_KEYS = {name for name, field in Config.model_fields.items() if field.exclude}  # set by the loader


def load(
    path: Path,
    *,
    environ: Mapping[str, str],
    credentials_dir: Path | None = None,
    read_opml: ReadOpml | None = None,
    check_query: CheckQuery | None = None,
    check_theme: CheckTheme | None = None,
) -> Config:
    """Read `path`; raises ConfigError with every problem found.

    `read_opml` turns an OPML file's bytes into feeds (FeedError where it cannot): they are joined to
    `feeds`. `check_query` raises QueryError for a query that is wrong, `check_theme` ConfigError with the
    patterns of a theme that are (`Problem.key`: `themes.KEY.terms.LANGUAGE`). Without them OPML files are
    only looked for, and the others are not checked. What is unsafe but usable is in `Config.warnings`.
    """
    reader = _Reader(path, SecretSources(environ, credentials_dir, path.absolute().parent))
    return reader.read(read_opml, check_query, check_theme)


class _Reader:
    def __init__(self, path: Path, sources: SecretSources) -> None:
        self.path = path
        self.sources = sources
        self.problems: list[Problem] = []
        self.lines: dict[KeyPath, int] = {}
        self.raw: dict[str, Any] = {}

    def read(
        self, read_opml: ReadOpml | None, check_query: CheckQuery | None, check_theme: CheckTheme | None
    ) -> Config:
        text = self._text()
        try:
            self.raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError((_syntax_problem(self.path, text, error),)) from None
        self.lines = key_lines(text)

        given = {key: value for key, value in self.raw.items() if key not in _NOT_KEYS}
        for key in self.raw.keys() - given.keys():
            self._report((key,), f'unknown key "{key}"')
        config: Config | None = None
        try:
            config = Config.model_validate(_frozen(given), strict=True, context=self.sources)
        except ValidationError as error:
            for found in explain(error, self.raw):
                self._report(found.path, found.message)
        self._check_names()
        self._check_references()
        self._check_inhibitions()
        if check_query is not None:
            self._check_queries(check_query)
        if check_theme is not None:
            self._check_themes(check_theme)
        opml_paths = self._opml_paths()
        opml_feeds = self._read_opml_files(opml_paths, read_opml)
        self._check_feeds_once(opml_feeds)

        if self.problems or config is None:
            raise ConfigError(tuple(sorted(self.problems, key=lambda p: (p.file, p.line or 0))))
        return config.model_copy(
            update={
                "path": self.path,
                "opml": tuple(path for _, path in opml_paths),
                "feeds": config.feeds + tuple(feed for _, feed in opml_feeds),
                "warnings": tuple(Problem(str(self.path), "", None, text) for text in self.sources.warnings),
            }
        )

    def _text(self) -> str:
        try:
            return self.path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            problem = Problem(str(self.path), "", line, "not UTF-8: save the file in that encoding")
        except OSError as error:
            problem = Problem(str(self.path), "", None, f"cannot be read: {error.strerror}")
        raise ConfigError((problem,))

    def _report(self, path: KeyPath, message: str, file: Path | None = None) -> None:
        line = next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), None)
        self.problems.append(Problem(str(file or self.path), key_text(path), line, message))

    def _items(self, table: str) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
        """Yield the tables of a list as written, whether they are valid or not."""
        items = self.raw.get(table)
        for place, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, dict):
                yield (table, place), item

    def _names(self, table: str, key: str = "name") -> list[str]:
        return [item[key] for _, item in self._items(table) if isinstance(item.get(key), str)]

    def _check_names(self) -> None:
        for table, key in (("rules", "name"), ("digests", "name"), ("themes", "key")):
            seen: dict[str, KeyPath] = {}
            for path, item in self._items(table):
                name = item.get(key)
                if not isinstance(name, str):
                    continue
                if name in seen:
                    first = self.lines[seen[name]]
                    self._report((*path, key), f'"{name}" is already used in line {first}: names are unique')
                elif table == "themes" and name in THEMES:
                    self._report((*path, key), f'"{name}" is a shipped theme: give yours another key')
                seen.setdefault(name, (*path, key))

    def _check_references(self) -> None:
        themes = [*THEMES, *self._names("themes", "key")]
        rules = self._names("rules")
        digests = self._names("digests")
        channels = self.raw.get("channels")
        channel_names = list(channels) if isinstance(channels, dict) else []

        watchlist = self.raw.get("watchlist")
        if isinstance(watchlist, dict):
            self._check_known(("watchlist", "themes"), watchlist, "theme", themes)
        notices = self.raw.get("notices")
        if isinstance(notices, dict):
            self._check_known(("notices", "channels"), notices, "channel", channel_names)
        for path, rule in self._items("rules"):
            self._check_known((*path, "themes"), rule, "theme", themes)
            self._check_known((*path, "inhibits"), rule, "rule", rules)
            self._check_known((*path, "channels"), rule, "channel", channel_names)
            notify = rule.get("notify", "now")
            if notify == "now" and not rule.get("channels"):
                known = f": {', '.join(channel_names)}" if channel_names else " (none is configured yet)"
                self._report(path, f'the rule names no channel: add channels = ["..."]{known}')
            elif isinstance(notify, str) and notify.startswith("digest:"):
                self._known((*path, "notify"), notify.removeprefix("digest:"), "digest", digests)
            if not any(rule.get(key) for key in ("query", "countries", "themes", "kinds")):
                self._report(path, "the rule matches everything: give it a query, countries, themes or kinds")
        for path, digest in self._items("digests"):
            self._check_known((*path, "channels"), digest, "channel", channel_names)
            if not digest.get("channels"):
                self._report(path, 'the digest names no channel: add channels = ["..."]')

    def _check_inhibitions(self) -> None:
        """Rules that silence each other in a circle would silence nobody: say so at the first of them."""
        silences: dict[str, list[str]] = {}
        paths: dict[str, KeyPath] = {}
        for path, rule in self._items("rules"):
            name, inhibits = rule.get("name"), rule.get("inhibits")
            if isinstance(name, str) and isinstance(inhibits, list) and name not in silences:
                silences[name] = [other for other in inhibits if isinstance(other, str)]
                paths[name] = path
        told: set[str] = set()
        for name in silences:
            reached: set[str] = set()
            ahead = list(silences[name])
            while ahead:
                other = ahead.pop()
                if other not in reached:
                    reached.add(other)
                    ahead += silences.get(other, [])
            if name in reached and name not in told:
                told |= reached
                self._report(
                    (*paths[name], "inhibits"), f'"{name}" silences itself, by way of the rules it names'
                )

    def _check_known(self, path: KeyPath, table: dict[str, Any], what: str, known: list[str]) -> None:
        values = table.get(str(path[-1]))
        for place, value in enumerate(values if isinstance(values, list) else ()):
            if isinstance(value, str):
                self._known((*path, place), value, what, known)

    def _known(self, path: KeyPath, value: str, what: str, known: list[str]) -> None:
        if value not in known:
            self._report(path, f'there is no {what} "{value}"{did_you_mean(value, known)}')

    def _check_queries(self, check_query: CheckQuery) -> None:
        for table in ("rules", "digests"):
            for path, item in self._items(table):
                query = item.get("query")
                if not isinstance(query, str) or not query.strip():
                    continue
                try:
                    check_query(query, self._names("themes", "key"))
                except QueryError as error:
                    self._report((*path, "query"), f"{error} (at character {error.position + 1})")

    def _check_themes(self, check_theme: CheckTheme) -> None:
        for path, item in self._items("themes"):
            try:
                check_theme(ThemeConfig.model_validate(_frozen(item), strict=True))
            except ValidationError:
                continue  # told already
            except ConfigError as error:
                for problem in error.problems:
                    _, _, inside = problem.key.partition(f"themes.{item['key']}.")
                    self._report((*path, *inside.split(".")), problem.message)

    def _opml_paths(self) -> list[tuple[KeyPath, Path]]:
        names = self.raw.get("opml")
        return [
            (("opml", place), self.sources.base_dir / Path(name).expanduser())
            for place, name in enumerate(names if isinstance(names, list) else ())
            if isinstance(name, str)
        ]

    def _read_opml_files(
        self, paths: list[tuple[KeyPath, Path]], read_opml: ReadOpml | None
    ) -> list[tuple[Path, FeedConfig]]:
        feeds: list[tuple[Path, FeedConfig]] = []
        for key, path in paths:
            try:
                content = path.read_bytes()
                if read_opml is not None:
                    feeds += [(path, feed) for feed in read_opml(content)]
            except OSError as error:
                self._report(key, f"{path} cannot be read: {error.strerror}")
            except FeedError as error:
                self._report(key, f"{path} is not an OPML file: {error}")
        return feeds

    def _check_feeds_once(self, opml_feeds: list[tuple[Path, FeedConfig]]) -> None:
        seen: dict[str, str] = {}
        for path, feed in self._items("feeds"):
            url = feed.get("url")
            if isinstance(url, str):
                here = f"in line {self.lines[(*path, 'url')]}"
                first = seen.setdefault(feed_identity(url), here)
                if first is not here:
                    self._report((*path, "url"), f"{url} is already listed {first}: remove one of them")
        for file, listed in opml_feeds:
            here = f"in {file}"
            first = seen.setdefault(feed_identity(listed.url), here)
            if first is not here:
                message = f"{listed.url} is already listed {first}: remove one of them"
                self.problems.append(Problem(str(file), "", None, message))


def feed_identity(url: str) -> str:
    """Return the same text for addresses that name one feed: http or https, with or without www. and /."""
    try:
        site = site_of(url)
    except ValueError:
        return url
    parts = urlsplit(url.strip())
    return f"{site}{parts.path.rstrip('/')}?{parts.query}"


def key_text(path: KeyPath) -> str:
    """Return a key path as people write it: `feeds[3].url`, places counted from 1."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            name = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"'
            text += f".{name}" if text else name
    return text


def _frozen(value: Any) -> Any:
    """Lists become tuples, so that strict validation, which takes no "2" for a 2, accepts them."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _syntax_problem(path: Path, text: str, error: tomllib.TOMLDecodeError) -> Problem:
    """The parser names the place at the end of its message only."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL)
    if match is None:
        return Problem(str(path), "", None, f"not TOML: {error}")
    what, line, column = match.groups()
    where = f" at character {column}" if column else ", at the end of the file"
    return Problem(str(path), "", int(line) if line else text.count("\n") + 1, f"not TOML: {what}{where}")
