"""Feeds of every kind, right and wrong: what comes out of `parse`."""

import gzip
import json
import pickle
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import FeedError
from monitor.feeds.parse import parse, to_jsonable
from monitor.model import FeedEntry, ParsedFeed

URL = "https://site.example/feed"
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:media="http://search.yahoo.com/mrss/"'
)


def rss(items: str, *, channel: str = "", declaration: str = "", before: str = "") -> str:
    return (
        f"{declaration}{before}<rss version='2.0' {NAMESPACES}><channel><title>Вести</title>"
        f"<link>https://site.example/</link><description>d</description>{channel}{items}</channel></rss>"
    )


def atom(entries: str, attributes: str = "") -> str:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>T</title><id>urn:x</id>'
        f'<link rel="self" href="https://site.example/feed"/><link href="https://site.example/"/>'
        f"{entries}</feed>"
    )


def read(text: str | bytes, *, url: str = URL, content_type: str | None = None) -> ParsedFeed:
    return parse(text if isinstance(text, bytes) else text.encode(), url=url, content_type=content_type)


def one(text: str | bytes, *, url: str = URL, content_type: str | None = None) -> FeedEntry:
    (entry,) = read(text, url=url, content_type=content_type).entries
    return entry


def kind_of_error(body: bytes) -> str:
    with pytest.raises(FeedError) as caught:
        parse(body, url=URL)
    assert str(caught.value)
    return caught.value.kind


# -- formats ---------------------------------------------------------------------------------------


def test_rss() -> None:
    feed = read(
        rss(
            "<item><title>Казахстан &amp; ОДКБ</title><link>https://site.example/1</link>"
            '<guid isPermaLink="false">id-1</guid><pubDate>Mon, 23 Nov 2026 15:00:00 MSK</pubDate>'
            "<dc:creator>И. Иванов</dc:creator><category>Мир</category><category> Азия </category>"
            "<description>Кратко</description>"
            "<content:encoded><![CDATA[<p>Полно</p>]]></content:encoded></item>",
            channel="<language>ru</language><ttl>45</ttl><sy:updatePeriod>hourly</sy:updatePeriod>"
            "<sy:updateFrequency>2</sy:updateFrequency>",
        )
    )
    assert (feed.title, feed.link, feed.language, feed.ttl_minutes) == (
        "Вести", "https://site.example/", "ru", 45,
    )  # fmt: skip
    assert feed.update_period_seconds == 1800
    assert feed.parser == "quick"
    assert feed.entries == (
        FeedEntry(
            guid="id-1",
            link="https://site.example/1",
            title="Казахстан & ОДКБ",
            summary="Кратко",
            content="<p>Полно</p>",
            author="И. Иванов",
            published=datetime(2026, 11, 23, 12, tzinfo=UTC),
            updated=None,
            tags=("Мир", "Азия"),
        ),
    )


def test_atom() -> None:
    entry = one(
        atom(
            "<entry><id>tag:site.example,2026:1</id>"
            '<title type="html">A &amp;lt;b&amp;gt; &lt;i&gt;c&lt;/i&gt;</title>'
            '<link rel="enclosure" href="https://site.example/a.mp3"/><link href="/1"/>'
            "<published>2026-11-23T12:00:00Z</published><updated>2026-11-23T13:00:00Z</updated>"
            "<author><name>Ann</name><email>ann@site.example</email></author>"
            '<category term="Politics"/><summary>s</summary>'
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x &lt; y</p></div></content>'
            "</entry>"
        )
    )
    assert entry.link == "https://site.example/1"
    assert entry.title == "A <b> c"
    assert entry.content == "<p>x &lt; y</p>"
    assert (entry.summary, entry.author, entry.tags) == ("s", "Ann", ("Politics",))
    assert entry.published == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert entry.updated == datetime(2026, 11, 23, 13, tzinfo=UTC)


def test_rss_1() -> None:
    feed = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>T</title>'
        "<link>https://site.example/</link></channel>"
        '<item rdf:about="https://site.example/1"><title>One</title><link>https://site.example/1</link>'
        "<dc:date>2026-11-23T12:00:00Z</dc:date></item></rdf:RDF>"
    )
    assert feed.entries[0].guid == "https://site.example/1"
    assert feed.entries[0].updated == datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("version", ["1", "1.1"])
def test_json_feed(version: str) -> None:
    author = {"author": {"name": "Ann"}} if version == "1" else {"authors": [{"name": "Ann"}]}
    document = {
        "version": f"https://jsonfeed.org/version/{version}",
        "title": "T",
        "home_page_url": "https://site.example/",
        "language": "kk",
        "items": [
            {"id": 7, "url": "/7", "title": "Seven", "content_html": "<p>x</p>", "tags": ["a", 3],
             "date_published": "2026-11-23T17:00:00+05:00"} | author,
            {"id": "8", "content_text": "1 < 2"},
            "no item",
        ],
    }  # fmt: skip
    feed = read(json.dumps(document))
    seven, eight = feed.entries
    assert feed.language == "kk"
    assert (seven.guid, seven.link, seven.author, seven.tags) == (
        "7",
        "https://site.example/7",
        "Ann",
        ("a",),
    )
    assert seven.published == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert (eight.guid, eight.link, eight.content) == ("8", None, "1 &lt; 2")


def test_the_contract_of_parse_feed() -> None:
    feed = read(
        rss(
            "<item><title>T</title><guid>https://site.example/1</guid>"
            "<pubDate>Mon, 23 Nov 2026 12:00:00 GMT</pubDate></item>"
        )
    )
    head, line = (json.loads(json.dumps(part)) for part in to_jsonable(feed))
    assert head == {"feed": {"title": "Вести", "link": "https://site.example/", "language": "", "ttl": None}}
    assert line == {
        "guid": "https://site.example/1", "link": "https://site.example/1", "title": "T", "summary": "",
        "content": "", "author": "", "published": "2026-11-23T12:00:00+00:00", "updated": None, "tags": [],
    }  # fmt: skip


def test_a_parsed_feed_passes_between_processes() -> None:
    feed = read(rss("<item><title>T</title></item>"))
    assert pickle.loads(pickle.dumps(feed)) == feed
    error = FeedError("html", "page")
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.kind, str(copy)) == ("html", "page")


# -- guids -----------------------------------------------------------------------------------------


def test_a_missing_guid_is_the_link_or_a_hash_that_stays() -> None:
    items = "<item><title>a</title><link>https://site.example/a</link></item><item><title>b</title></item>"
    first, second = read(rss(items)).entries
    assert first.guid == "https://site.example/a"
    assert second.guid.startswith("sha256:")
    moved = read(rss("<item><title>new</title></item>" + items)).entries
    assert [entry.guid for entry in moved[1:]] == [first.guid, second.guid]


def test_entries_that_share_a_guid_stay_apart_in_any_order() -> None:
    items = [
        f"<item><guid>same</guid><title>{name}</title><link>https://site.example/{name}</link></item>"
        for name in "abc"
    ]
    forward = {entry.title: entry.guid for entry in read(rss("".join(items))).entries}
    backward = {entry.title: entry.guid for entry in read(rss("".join(reversed(items)))).entries}
    assert len(set(forward.values())) == 3
    assert forward == backward


def test_identical_entries_stay_apart() -> None:
    feed = read(rss("<item><guid>g</guid><title>t</title></item>" * 3))
    assert len({entry.guid for entry in feed.entries}) == 3


def test_a_guid_of_a_megabyte_is_hashed() -> None:
    feed = read(
        rss(f"<item><guid>{'g' * 1_000_000}</guid></item><item><guid>{'h' * 1_000_000}</guid></item>")
    )
    guids = {entry.guid for entry in feed.entries}
    assert len(guids) == 2
    assert all(len(guid) < 100 for guid in guids)


# -- links -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "link"),
    [
        ("<link>/a</link>", "https://site.example/a"),
        ("<link>  https://other.example/x?a=1&amp;b=2 </link>", "https://other.example/x?a=1&b=2"),
        ("<link><![CDATA[https://site.example/?a=1&amp;b=2]]></link>", "https://site.example/?a=1&b=2"),
        ('<link xml:base="https://base.example/dir/">a</link>', "https://base.example/dir/a"),
        ("<guid>https://site.example/p</guid>", "https://site.example/p"),
        ('<guid isPermaLink="false">https://site.example/p</guid>', None),
        ("<guid>urn:uuid:1</guid>", None),
        ("<guid>plain</guid>", None),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>http://[broken</link>", None),
        ("<link>mailto:a@site.example</link>", None),
    ],
)
def test_links(item: str, link: str | None) -> None:
    assert one(rss(f"<item><title>t</title>{item}</item>")).link == link


def test_xml_base_of_feed_and_entry() -> None:
    entry = one(
        atom(
            '<entry xml:base="blog/"><id>i</id><title>t</title><link href="1"/></entry>',
            'xml:base="https://base.example/"',
        )
    )
    assert entry.link == "https://base.example/blog/1"


def test_an_atom_id_is_not_a_link() -> None:
    assert one(atom("<entry><id>urn:uuid:1</id><title>t</title></entry>")).link is None


# -- titles and texts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A &amp;amp; B", "A & B"),
        ("&lt;b&gt;Bold&lt;/b&gt; move", "Bold move"),
        ("5 &lt; 6", "5 < 6"),
        ("Use &lt;vector&gt; well", "Use <vector> well"),
        (" two\n lines\t", "two lines"),
        ("<![CDATA[&laquo;Цитата&raquo;]]>", "«Цитата»"),
        ("", ""),
    ],
)
def test_titles_are_plain_text(title: str, expected: str) -> None:
    assert one(rss(f"<item><title>{title}</title><guid>g</guid></item>")).title == expected


def test_the_own_title_wins_over_medias() -> None:
    item = (
        "<item><guid>g</guid><media:group><media:title>m</media:title></media:group><title>own</title></item>"
    )
    assert one(rss(item)).title == "own"


def test_html_entities_without_a_doctype() -> None:
    feed = read(rss("<item><title>a&nbsp;&mdash; b & c</title><guid>g</guid></item>"))
    assert feed.entries[0].title == "a — b & c"
    assert feed.parser == "quick"


def test_control_characters_are_dropped() -> None:
    assert one(rss("<item><title>a\x0bb\x00</title><guid>g</guid></item>")).title == "ab"


def test_broken_xml_is_read_by_feedparser() -> None:
    feed = read(
        "<rss version='2.0'><channel><title>T</title><item><title>one<b></title><guid>1</guid></item>"
    )
    assert feed.parser == "feedparser"
    assert feed.entries[0].guid == "1"


# -- charsets --------------------------------------------------------------------------------------

RUSSIAN = "Казахстан и Россия обсудили поставки газа"


@pytest.mark.parametrize(
    ("charset", "declared", "header"),
    [
        ("utf-8", None, None),
        ("utf-8-sig", None, None),
        ("utf-8", "iso-8859-1", None),
        ("utf-8", None, "text/xml; charset=iso-8859-1"),
        ("windows-1251", "windows-1251", None),
        ("windows-1251", "utf-8", None),
        ("windows-1251", None, "text/xml; charset=windows-1251"),
        ("windows-1251", None, None),
        ("koi8-r", "koi8-r", None),
        ("koi8-r", None, None),
        ("utf-16", "utf-16", None),
        ("utf-16-le", None, None),
        ("utf-16-be", "utf-16", None),
        ("utf-32-be", None, None),
        ("utf-7", "utf-7", None),
    ],
)
def test_charsets(charset: str, declared: str | None, header: str | None) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = rss(f"<item><title>{RUSSIAN}</title><guid>g</guid></item>", declaration=declaration)
    assert one(text.encode(charset), content_type=header).title == RUSSIAN


def test_western_text_without_a_charset() -> None:
    text = rss("<item><title>Café à la française</title></item>").replace("Вести", "V")
    assert one(text.encode("cp1252")).title == "Café à la française"


@pytest.mark.parametrize("charset", ["undefined", "none", "unicode-escape", "hex", "idna"])
def test_what_is_no_charset_is_passed_over(charset: str) -> None:
    item = "<item><guid>1</guid><title>Die Bürger prüften das Gesetz</title></item>"
    body = rss(item, declaration=f'<?xml version="1.0" encoding="{charset}"?>').replace("Вести", "V")
    entry = one(body.encode("cp1252"), content_type=f"text/xml; charset={charset}")
    assert entry.title == "Die Bürger prüften das Gesetz"


def test_utf_8_read_as_latin_1_is_undone() -> None:
    garbled = RUSSIAN.encode().decode("latin-1")
    assert one(rss(f"<item><title>{garbled}</title></item>")).title == RUSSIAN


def test_a_charset_that_is_no_charset() -> None:
    text = rss("<item><title>Привет</title></item>", declaration='<?xml version="1.0" encoding="hex"?>')
    assert one(text.encode("cp1251")).title == "Привет"


# -- hostile and broken ----------------------------------------------------------------------------


def test_named_errors() -> None:
    assert kind_of_error(b"") == "empty"
    assert kind_of_error(b" \n\t ") == "empty"
    assert kind_of_error(b"<!DOCTYPE html><html><head><title>x</title></head></html>") == "html"
    assert kind_of_error(b"<!-- c --><HTML lang='ru'><body>") == "html"
    assert kind_of_error(b"just text") == "not-a-feed"
    assert kind_of_error(b"\x00" * 1000) == "not-a-feed"
    assert kind_of_error(b"<opml><body/></opml>") == "not-a-feed"
    assert kind_of_error(b'{"a": 1}') == "not-a-feed"
    assert kind_of_error(b'{"a": ') == "malformed"
    assert kind_of_error(b'{"items":' + b"[" * 100_000) == "too-deep"
    assert kind_of_error(b"\x1f\x8bbroken") == "not-a-feed"
    assert kind_of_error(gzip.compress(b"<rss>" + b" " * 30_000_000)) == "bomb"


def test_a_gzipped_file_is_unpacked() -> None:
    assert one(gzip.compress(rss("<item><title>t</title></item>").encode())).title == "t"


def doctype(declarations: str) -> str:
    return f"<!DOCTYPE rss [{declarations}]>"


LAUGHS = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LONG = f'<!ENTITY a "{"A" * 100_000}">'


@pytest.mark.parametrize(
    "body",
    [
        rss("<item><title>&l9;</title></item>", before=doctype(LAUGHS)),
        rss(f"<item><title>{'&a;' * 50_000}</title></item>", before=doctype(LONG)),
    ],
    ids=["nested", "quadratic"],
)
def test_expansion_bombs(body: str) -> None:
    assert kind_of_error(body.encode()) == "bomb"


@pytest.mark.parametrize("tail", ["", "</a>" * 100_000])
def test_nesting_without_end(tail: str) -> None:
    assert kind_of_error(f"<rss><channel><item>{'<a>' * 100_000}{tail}".encode()) == "too-deep"


def test_external_entities_are_not_read() -> None:
    entry = one(
        rss(
            "<item><title>[&x;]</title><guid>g</guid></item>",
            before=doctype(
                '<!ENTITY x SYSTEM "file:///etc/hostname"> <!ENTITY % p SYSTEM "http://127.0.0.1/"> %p;'
            ),
        )
    )
    assert entry.title in ("[&x;]", "[]")


def test_a_doctype_of_the_old_days() -> None:
    feed = read(
        rss(
            "<item><title>a &nb; b</title></item>",
            before='<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://127.0.0.1/rss.dtd" '
            '[<!ENTITY nb "&#160;">]>',
        )
    )
    assert feed.entries[0].title == "a b"


def test_the_newest_entries_are_kept() -> None:
    items = "".join(
        f"<item><guid>{n}</guid><pubDate>{n + 1:02d} Nov 2026 00:00:00 GMT</pubDate></item>"
        for n in range(20)
    )
    feed = parse(rss(items + "<item><guid>undated</guid></item>").encode(), url=URL, max_entries=5)
    assert [entry.guid for entry in feed.entries] == ["16", "17", "18", "19", "undated"]
    assert feed.warnings == ("21 entries; the newest 5 are kept",)


BUDGET_PROGRAM = """
import resource, sys
limit = 256 * 2**20 + int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
from monitor.errors import FeedError
from monitor.feeds.parse import parse
try:
    parse(sys.stdin.buffer.read(), url="https://site.example/")
except FeedError as error:
    print(error.kind)
"""


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel><item>" + b"<" * 200_000,
        b"<rss><channel><item><title>" + b"&" * 200_000,
        b"<rss><channel><item " + b' a="b"' * 50_000,
        b"<rss><channel>" + b"<![CDATA[" * 50_000,
        b"<rss><channel>" + b"<!" * 100_000,
        b"<!-- " + b"<!-- " * 100_000,
        b"<rss><channel>" + b"<a/" * 100_000,
        rss("<item><title>t <b></title></item>" * 10_000).encode(),
        (doctype("".join(f'<!ENTITY e{n} "{n}">' for n in range(30_000))) + "<rss/>").encode(),
        b"<!-- --> " * 100_000 + b"<x>",
    ],
    ids=[
        "lt",
        "amp",
        "attributes",
        "cdata",
        "bang",
        "comments",
        "slashes",
        "unclosed",
        "entities",
        "short comments",
    ],
)
def test_hostile_bodies_stay_within_five_seconds_and_256_mib(body: bytes) -> None:
    subprocess.run([sys.executable, "-c", BUDGET_PROGRAM], input=body, check=True, capture_output=True)


PIECES = st.sampled_from(
    ["<rss>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<link>", "<guid>", "&amp;",
     "&nbsp;", "&#0;", "<![CDATA[", "]]>", "<!DOCTYPE r [", '<!ENTITY a "b">', "]>", "<content type='xhtml'>",
     "<feed xmlns='http://www.w3.org/2005/Atom'>", "<content type='application/octet-stream'>", "Ж", "\ud7ff",
     "<entry>", "<media:group>", "<pubDate>", "31 Nov 2026", "xml:base='//['", "<a xmlns='u' b='c'>", "</",
     "{", "<?xml version='1.0'?>", '"items":[', "<div xmlns='http://www.w3.org/1999/xhtml'>",
     "<svg>", "<image>", "<source url='x'>"]
)  # fmt: skip
SOUP = st.lists(PIECES, max_size=30).map(lambda parts: "".join(parts).encode())


@settings(deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400), st.lists(PIECES, max_size=30).map(lambda parts: "".join(parts).encode())
    )
)
def test_nothing_but_a_feed_or_a_feed_error(body: bytes) -> None:
    try:
        feed = parse(body, url=URL)
    except FeedError:
        return
    guids = [entry.guid for entry in feed.entries]
    assert all(guids)
    assert len(set(guids)) == len(guids)
    json.dumps(to_jsonable(feed)).encode()


# -- both readers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "texts",
    [
        "<description>long text</description><itunes:summary>short</itunes:summary>",
        "<description>short</description><itunes:summary>much longer</itunes:summary>",
        "<description>teaser</description><itunes:summary>sum</itunes:summary>"
        "<content:encoded>the whole text</content:encoded>",
        "<description>the article itself</description>"
        "<media:content><media:description>caption</media:description></media:content>"
        "<media:content><media:description>another</media:description></media:content>",
        "<content:encoded>same</content:encoded><description>same</description>",
        "<description/><content:encoded>text</content:encoded>",
        "<media:group><media:description>m</media:description></media:group>",
    ],
)
def test_both_readers_take_the_same_text(texts: str) -> None:
    """A feed that is well-formed today and broken tomorrow must not look edited."""
    whole = rss(f"<item><guid>g</guid><title>t</title>{texts}</item>").replace(
        "<rss ", '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    )
    broken = whole.replace("</channel></rss>", "")
    first, second = read(whole), read(broken)
    assert (first.parser, second.parser) == ("quick", "feedparser")
    assert first.entries == second.entries


def test_the_fuller_text_is_the_one_that_counts() -> None:
    media = "<media:content><media:description>caption</media:description></media:content>"
    entry = one(rss(f"<item><guid>g</guid><description>the article itself</description>{media}</item>"))
    assert (entry.summary, entry.content) == ("the article itself", "")


def test_feedparser_is_imported_only_where_a_feed_needs_it() -> None:
    """It costs every worker process 17 MB; and nothing may change its global handlers."""
    program = (
        "import sys; from monitor.feeds.parse import parse; "
        "parse(sys.stdin.buffer.read(), url='https://site.example/'); print('feedparser' in sys.modules)"
    )
    for body, expected in ((rss("<item><title>t</title></item>"), "False"), ("<rss><channel><item>", "True")):
        done = subprocess.run(
            [sys.executable, "-c", program], input=body.encode(), capture_output=True, check=True
        )
        assert done.stdout.decode().strip() == expected
