"""Every mistake of a configuration file is told in one run, with its place and what to do."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from monitor.config import Config, EmailChannel, FeedConfig, SlackChannel, ThemeConfig, load
from monitor.errors import ConfigError, FeedError, Problem, QueryError

GOOD = """\
[channels.screen]
type = "console"

[[rules]]
name = "Drift"
countries = ["KZ"]
channels = ["screen"]
"""


def read(tmp_path: Path, text: str, environ: Mapping[str, str] | None = None) -> Config:
    file = tmp_path / "config.toml"
    file.write_text(text, "utf-8")
    return load(file, environ=environ or {}, credentials_dir=None)


def mistakes(tmp_path: Path, text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    return [(p.line, p.key, p.message) for p in caught.value.problems]


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    config = read(tmp_path, "")
    assert config.model_dump() == Config().model_dump()
    assert config.path == tmp_path / "config.toml"


def test_a_good_file_keeps_its_values(tmp_path: Path) -> None:
    config = read(tmp_path, GOOD)
    assert config.rules[0].countries == ("KZ",)
    assert config.channels["screen"].type == "console"


def test_all_mistakes_at_once_each_with_its_line(tmp_path: Path) -> None:
    text = """\
[polling]
min_intervall = "5m"
max_interval = "6 hours"
workers = "2"
[network.hosts."example.org"]
dely = "1s"
[[feeds]]
title = "x"
[channels.mail]
type = "email"
host = "h"
sender = "a@example.org"
to = []
[channels.other]
type = "slak"
[channels.third]
host = "x"
[[rules]]
name = "a"
countries = ["KZ", "Kazakhstan"]
themes = ["sanction"]
severity = "urgent"
[[rules]]
name = "a"
kinds = ["opinion"]
channels = ["mial"]
notify = "digest:dayly"
inhibits = ["b"]
[[digests]]
name = "daily"
cron = "0 7 * * 1-5"
timezone = "Mars"
"""
    found = {(line, key): message for line, key, message in mistakes(tmp_path, text)}
    assert 'did you mean "min_interval"' in found.pop((2, "polling.min_intervall"))
    assert "not a duration" in found.pop((3, "polling.max_interval"))
    assert found.pop((4, "polling.workers")) == "write a whole number"
    assert 'did you mean "delay"' in found.pop((6, 'network.hosts."example.org".dely'))
    assert found.pop((7, "feeds[1]")) == '"url" is missing'
    assert found.pop((13, "channels.mail.to")) == "the list is empty"
    assert '"email"' in found.pop((14, "channels.other"))
    assert '"type" is missing' in found.pop((16, "channels.third"))
    assert "names no channel" in found.pop((18, "rules[1]"))
    assert "ISO 3166" in found.pop((20, "rules[1].countries[2]"))
    assert 'did you mean "sanctions"' in found.pop((21, "rules[1].themes[1]"))
    assert "'critical'" in found.pop((22, "rules[1].severity"))
    assert "already used in line 19" in found.pop((24, "rules[2].name"))
    assert 'did you mean "mail"' in found.pop((26, "rules[2].channels[1]"))
    assert 'did you mean "daily"' in found.pop((27, "rules[2].notify"))
    assert 'no rule "b"' in found.pop((28, "rules[2].inhibits[1]"))
    assert "names no channel" in found.pop((29, "digests[1]"))
    assert "by name" in found.pop((31, "digests[1].cron"))
    assert "IANA" in found.pop((32, "digests[1].timezone"))
    assert found == {}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a = 1\nb = = 2\n", 2, "not TOML"),
        ("[polling]\nmin_interval = '5m\n", 3, "not TOML"),
        ('x = """never\n\nclosed', 3, "not TOML"),
        ("path = 'x'", 1, "unknown key"),
        ("warnings = []", 1, "unknown key"),
        ("rules = 1", 1, "write a list"),
        ("rules = [1]", 1, "write a table"),
        ("channels = []", 1, "write a table"),
        ("feeds = 'x'", 1, "write a list"),
        ("[polling]\nmin_interval = '-5m'", 2, "negative"),
        ("[polling]\nmin_interval = 'infd'", 2, "not a duration"),
        ("[polling]\nmin_interval = '1d'", 1, "longer than max_interval"),
        ("[polling]\nconcurrency = 0", 2, "at least 1"),
        ("[polling]\nworkers = true", 2, "whole number"),
        ("[network]\nports = [80, 70000]", 2, "at most 65535"),
        ("[network]\nallow_private = ['10.0.0.300']", 2, "not a network"),
        ("[[feeds]]\nurl = 'ftp://example.org/'", 2, "not a web address"),
        ("[[feeds]]\nurl = 'https://[::1/'", 2, "not a web address"),
        ("[[feeds]]\nurl = 'https://example.org:port/'", 2, "not a web address"),
        ("[[feeds]]\nurl = 'https://example.org/'\nlanguage = 'russian'", 3, "ISO 639-1"),
        ("[watchlist]\nthemes = ['csto', 'cst']", 2, 'did you mean "csto"'),
        ("[[themes]]\nkey = 'csto'", 2, "shipped theme"),
        ("[[digests]]\nname='d'\nchannels=['x']\ncron = '0 7 * *'\n[channels.x]\ntype='console'", 4, "five"),
        (
            "[[digests]]\nname='d'\nchannels=['x']\ncron = '0 25 * * *'\n[channels.x]\ntype='console'",
            4,
            "cron",
        ),
        (GOOD + "inhibits = ['Drift']", 8, "silences itself"),
        (
            GOOD
            + "inhibits = ['B']\n"
            + GOOD[GOOD.index("[[") :].replace("Drift", "B")
            + "inhibits=['Drift']",
            8,
            "silences itself",
        ),
        (GOOD + "quiet_hours = { start = '25:00', end = '07:00' }", 8, "time of day"),
        (GOOD + "quiet_hours = { start = '22:00' }", 8, '"end" is missing'),
        (GOOD + "mute_until = 2026-01-01T10:00:00", 8, "date"),
        (GOOD + "notify = 'later'", 8, 'neither "now"'),
        (GOOD.replace('"Drift"', '""'), 5, "one line"),
        (GOOD.replace('countries = ["KZ"]', ""), 4, "matches everything"),
        ("[channels.m]\ntype='email'\nhost='h'\nsender='s'\nto=['t']\nusername='u'", 1, "go together"),
        ("[channels.s]\ntype='slack'", 1, "webhook_url"),
        (
            "[channels.w]\ntype='webhook'\nurl='https://x'\nsecret='whsec_inline'",
            4,
            "does not stand in the file",
        ),
        ("[channels.w]\ntype='webhook'\nurl='https://x'\nsecret={ env='A', file='B' }", 4, "exactly one"),
        ("[channels.w]\ntype='webhook'\nurl='https://x'\nsecret={ credential='x' }", 4, "LoadCredential"),
    ],
)
def test_one_mistake(tmp_path: Path, text: str, line: int, words: str) -> None:
    found = mistakes(tmp_path, text)
    assert [(at, words in message) for at, _, message in found] == [(line, True)], found


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "none.toml", environ={})
    (tmp_path / "bad.toml").write_bytes("# ok\n# Казахстан".encode("cp1251"))
    with pytest.raises(ConfigError, match=r"bad\.toml:2: not UTF-8"):
        load(tmp_path / "bad.toml", environ={})


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "bom.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load(tmp_path / "bom.toml", environ={}).rules[0].name == "Drift"


# -- secrets ---------------------------------------------------------------------------------------

MAIL = """\
[channels.mail]
type = "email"
host = "mail.example.org"
username = "u"
password = {source}
sender = "monitor@example.org"
to = ["reader@example.org"]
"""


def password(config: Config) -> str:
    channel = config.channels["mail"]
    assert isinstance(channel, EmailChannel)
    assert channel.password is not None
    return channel.password.get_secret_value()


def test_a_secret_from_the_environment_is_never_shown(tmp_path: Path) -> None:
    config = read(tmp_path, MAIL.format(source='{ env = "MAIL_PASSWORD" }'), {"MAIL_PASSWORD": "hunter2"})
    assert password(config) == "hunter2"
    assert "hunter2" not in repr(config) + str(config) + config.model_dump_json()


def test_a_secret_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "pass").write_text("hunter2\n")
    (tmp_path / "pass").chmod(0o600)
    config = read(tmp_path, MAIL.format(source='{ file = "pass" }'))
    assert password(config) == "hunter2"
    assert config.warnings == ()


def test_a_secret_file_that_all_can_read_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "pass").write_text("hunter2")
    (tmp_path / "pass").chmod(0o644)
    config = read(tmp_path, MAIL.format(source='{ file = "pass" }'))
    assert "chmod 600" in str(config.warnings[0])


def test_a_systemd_credential(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "mail").write_text("hunter2")
    file = tmp_path / "config.toml"
    file.write_text(MAIL.format(source='{ credential = "mail" }'))
    assert password(load(file, environ={}, credentials_dir=credentials)) == "hunter2"
    file.write_text(MAIL.format(source='{ credential = "../config.toml" }'))
    with pytest.raises(ConfigError, match="not a credential name"):
        load(file, environ={}, credentials_dir=credentials)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('{ env = "UNSET" }', "UNSET is not set"),
        ('{ file = "absent" }', "cannot be read: No such file"),
        ('{ file = "empty" }', "is empty"),
        ('{ file = "binary" }', "not UTF-8"),
        ("{ }", "exactly one"),
        ('{ vault = "x" }', "exactly one"),
        ('"hunter2"', "does not stand in the file"),
    ],
)
def test_a_secret_that_cannot_be_had(tmp_path: Path, source: str, words: str) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    [(line, key, message)] = mistakes(tmp_path, MAIL.format(source=source))
    assert (line, key) == (5, "channels.mail.password")
    assert words in message
    assert "hunter2" not in message


def test_slack_wants_one_way(tmp_path: Path) -> None:
    text = '[channels.s]\ntype = "slack"\nbot_token = { env = "T" }\nchannel = "C1"'
    channel = read(tmp_path, text, {"T": "xoxb"}).channels["s"]
    assert isinstance(channel, SlackChannel)
    with pytest.raises(ConfigError, match="needs channel"):
        read(tmp_path, text.replace("channel =", "#"), {"T": "xoxb"})


# -- feeds, OPML and queries -----------------------------------------------------------------------


def read_opml(content: bytes) -> Iterable[FeedConfig]:
    """One address a line stands for an OPML file here."""
    if not content:
        raise FeedError("not-opml", "it is empty")
    return [FeedConfig(url=line) for line in content.decode().split()]


@pytest.mark.parametrize(
    "twin",
    [
        "https://example.org/feed",
        "http://example.org/feed/",
        "https://www.EXAMPLE.org:443/feed",
        "https://example.org/feed#new",
    ],
)
def test_a_feed_listed_twice(tmp_path: Path, twin: str) -> None:
    text = f'[[feeds]]\nurl = "https://example.org/feed"\n[[feeds]]\nurl = "{twin}"\n'
    [(line, key, message)] = mistakes(tmp_path, text)
    assert (line, key) == (4, "feeds[2].url")
    assert "line 2" in message


def test_feeds_that_differ_are_kept(tmp_path: Path) -> None:
    urls = ["https://example.org/feed", "https://example.org/feed?lang=ru", "https://example.org/Feed"]
    config = read(tmp_path, "\n".join(f'[[feeds]]\nurl = "{url}"' for url in urls))
    assert [feed.url for feed in config.feeds] == urls


def test_opml_feeds_are_joined_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('opml = ["a.opml"]\n[[feeds]]\nurl = "https://example.org/one"\n')
    (tmp_path / "a.opml").write_text("https://example.org/two")
    config = load(file, environ={}, read_opml=read_opml)
    assert [feed.url for feed in config.feeds] == ["https://example.org/one", "https://example.org/two"]
    assert config.opml == (tmp_path / "a.opml",)

    (tmp_path / "a.opml").write_text("https://example.org/two http://example.org/one")
    with pytest.raises(ConfigError) as caught:
        load(file, environ={}, read_opml=read_opml)
    [problem] = caught.value.problems
    assert problem.file.endswith("a.opml")
    assert "already listed in line 3" in problem.message


def test_opml_files_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('opml = [\n"absent.opml",\n"empty.opml"]\n')
    (tmp_path / "empty.opml").touch()
    with pytest.raises(ConfigError) as caught:
        load(file, environ={}, read_opml=read_opml)
    absent, empty = caught.value.problems
    assert (absent.line, absent.key) == (2, "opml[1]")
    assert "No such file" in absent.message
    assert (empty.line, "it is empty" in empty.message) == (3, True)


def test_queries_are_checked_by_the_given_function(tmp_path: Path) -> None:
    def refuse(query: str, themes: Sequence[str]) -> None:
        assert themes == ["water"]
        if "AND AND" in query:
            raise QueryError("a word is missing", query, 4)

    file = tmp_path / "config.toml"
    file.write_text(
        GOOD
        + 'query = "a AND AND b"\n[[digests]]\nname="d"\ncron="0 7 * * *"\nchannels=["screen"]\n'
        + '[[themes]]\nkey="water"'
    )
    with pytest.raises(ConfigError) as caught:
        load(file, environ={}, check_query=refuse)
    [problem] = caught.value.problems
    assert (problem.line, problem.key) == (8, "rules[1].query")
    assert problem.message == "a word is missing (at character 5)"


def test_themes_are_checked_by_the_given_function(tmp_path: Path) -> None:
    def refuse(theme: ThemeConfig) -> None:
        if "(" in theme.terms.get("en", ()):
            raise ConfigError((Problem("themes", f"themes.{theme.key}.terms.en", None, "a ( without )"),))

    file = tmp_path / "config.toml"
    file.write_text(
        '[[themes]]\nkey = "rivers"\nterms = { en = ["dam"] }\n[[themes]]\nkey = "water"\n[themes.terms]\n'
        'ru = ["плотин~"]\nen = ["("]\n[[themes]]\nkey = "bad"\nthreshold = "high"\n'
    )
    with pytest.raises(ConfigError) as caught:
        load(file, environ={}, check_theme=refuse)
    pattern, threshold = caught.value.problems
    assert (pattern.file, pattern.line, pattern.key) == (str(file), 8, "themes[2].terms.en")
    assert pattern.message == "a ( without )"
    assert threshold.key == "themes[3].threshold"


def test_words_of_the_users_own_are_read_and_checked_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    good = '[[lexicon]]\nform = "Мангистау*"\nlanguage = "ru"\ncountry = "KZ"\n'
    file.write_text(good + 'type = "region"\nsince = 2020-01-01\nneeds = ["@RU"]\n', "utf-8")
    (row,) = load(file, environ={}).lexicon
    assert (row.form, row.type, str(row.since), row.needs) == ("Мангистау*", "region", "2020-01-01", ("@RU",))

    file.write_text(
        good + '[[lexicon]]\nform = "a b*"\nlanguage = "xx1"\ncountry = "ZZ"\ntype = "planet"\n'
        '[[lexicon]]\nform = "--"\nlanguage = "all"\ncountry = ""\nneeds = ["@QQ"]\n'
        '[[lexicon]]\nform = "Orda"\nlanguage = "kk"\ncountry = "KZ"\n'
        "since = 2021-01-01\nuntil = 2020-01-01\n",
        "utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load(file, environ={})
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (6, "lexicon[2].form"),
        (7, "lexicon[2].language"),
        (8, "lexicon[2].country"),
        (9, "lexicon[2].type"),
        (11, "lexicon[3].form"),
        (14, "lexicon[3].needs"),
        (15, "lexicon[4]"),
    ]


@pytest.mark.parametrize("code", ["AZ-NK", "GE-AB", "GE-SO", "MD-SN", "UA-43", "ua-43", "XK", "EU"])
def test_territories_are_countries_everywhere(tmp_path: Path, code: str) -> None:
    config = read(
        tmp_path,
        f'[channels.screen]\ntype = "console"\n[watchlist]\ncountries = ["{code}"]\n[[rules]]\nname = "r"\n'
        f'countries = ["{code}"]\nchannels = ["screen"]\n'
        f'[[feeds]]\nurl = "https://a.example/f"\ncountry = "{code}"\n',
    )
    told = (*config.watchlist.countries, *config.rules[0].countries, config.feeds[0].country)
    assert told == (code.upper(),) * 3


def test_sites_are_hosts_with_a_selector_that_can_be_read(tmp_path: Path) -> None:
    config = read(tmp_path, '[sites."www.Example.org"]\ncontent = "div.text > p, #lead"\n')
    assert {host: site.content for host, site in config.sites.items()} == {
        "example.org": "div.text > p, #lead"
    }
    wrong = '[sites."https://a.example/x"]\ncontent = "p"\n[sites."b.example"]\ncontent = "div["\n'
    found = mistakes(tmp_path, wrong)
    assert {(line, key) for line, key, _ in found} == {
        (1, 'sites."https://a.example/x"'),
        (4, 'sites."b.example".content'),
    }
