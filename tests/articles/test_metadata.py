"""Titles, people, dates, addresses, languages, kinds, retries."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.articles.bylines import people
from monitor.articles.canonical import canonical_url, clean_url
from monitor.articles.dates import parse_date
from monitor.articles.decode import decode_page
from monitor.articles.kind import decide_kind
from monitor.articles.language import detect_language
from monitor.articles.metadata import clean_title, read_metadata
from monitor.articles.origin import origin_of
from monitor.articles.page import parse_page
from monitor.articles.retry import MAX_ATTEMPTS, GiveUp, RetryAt, Trouble, decide_retry
from monitor.model import KindLabel, Removed


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-04T09:30:00Z", "2026-03-04T09:30:00+00:00"),
        ("2026-03-04T09:30:00+05:00", "2026-03-04T09:30:00+05:00"),
        ("Wed, 04 Mar 2026 09:30:00 GMT", "2026-03-04T09:30:00+00:00"),
        ("4 марта 2026, 18:05", "2026-03-04T18:05:00+00:00"),
        ("4 березня 2026 р.", "2026-03-04T00:00:00+00:00"),
        ("March 4, 2026 6:05 p.m. EST", "2026-03-04T18:05:00-05:00"),
        ("4 marca 2026", "2026-03-04T00:00:00+00:00"),
        ("4. März 2026", "2026-03-04T00:00:00+00:00"),
        ("04.03.2026 18:05", "2026-03-04T18:05:00+00:00"),
        ("1772616600", "2026-03-04T09:30:00+00:00"),
    ],
)
def test_dates_of_many_forms(written: str, expected: str) -> None:
    found = parse_date(written)
    assert found is not None
    assert found.isoformat() == expected


@given(st.text(alphabet=st.characters(), max_size=60))
def test_dates_never_fail(written: str) -> None:
    found = parse_date(written)
    assert found is None or found.tzinfo is not None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By JANE DOE and John Smith, Reuters", ("Jane Doe", "John Smith")),
        ("Автор: Иван Петров", ("Иван Петров",)),
        ("Reuters", ()),
        ("ТАСС", ()),
        ("jane@steppe.example", ()),
        ("Published March 4, 2026", ()),
    ],
)
def test_bylines_are_people(line: str, expected: tuple[str, ...]) -> None:
    assert people([line]) == expected


def test_addresses_fold_to_one() -> None:
    assert (
        clean_url("HTTPS://m.Steppe.example:443/a/amp/?utm_source=x&id=7#top")
        == "https://steppe.example/a?id=7"
    )
    assert clean_url("javascript:alert(1)") is None
    page = "https://steppe.example/2026/a"
    assert canonical_url(page, "", ("https://elsewhere.example/x",)) == page
    assert canonical_url(page, "", ("/",)) == page
    assert canonical_url(page, "", ("/2026/b",)) == "https://steppe.example/2026/b"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("https://amp.steppe.example/2026/a", "https://steppe.example/2026/a"),
        ("https://steppe.example/amp/2026/a", "https://steppe.example/2026/a"),
        ("https://steppe.example/2026/a.amp.html", "https://steppe.example/2026/a.html"),
        ("https://steppe.example/a?amp=1&id=7", "https://steppe.example/a?id=7"),
        ("https://pda.steppe.example/a", "https://steppe.example/a"),
        ("https://steppe-example.cdn.ampproject.org/c/s/steppe.example/a/amp/", "https://steppe.example/a"),
        ("https://www.google.com/amp/s/steppe.example/a", "https://steppe.example/a"),
        ("https://steppe.example/a?ref=twitter&from=rss&src=feed", "https://steppe.example/a"),
        # What may be the article's number stays, or two articles would have one address.
        ("https://steppe.example/news.php?cid=4512", "https://steppe.example/news.php?cid=4512"),
        ("https://steppe.example/?source=77", "https://steppe.example/?source=77"),
        ("https://m.example/a", "https://m.example/a"),
    ],
)
def test_forms_of_an_address_are_folded(written: str, expected: str) -> None:
    assert clean_url(written) == expected


def test_canonical_links_are_believed_within_a_site_only() -> None:
    def found(page: str, link: str) -> str | None:
        return canonical_url(page, "", (link,))

    assert (
        found("https://m.news.example.co.uk/a", "https://news.example.co.uk/b")
        == "https://news.example.co.uk/b"
    )
    assert found("https://one.co.uk/a", "https://two.co.uk/b") == "https://one.co.uk/a"
    assert found("https://www.one.kz/a", "https://one.kz/a") == "https://one.kz/a"
    # One template for all articles, without what tells them apart.
    assert found("https://one.kz/show.php?id=5", "https://one.kz/show.php") == "https://one.kz/show.php?id=5"
    assert found("https://one.kz/?p=5", "https://one.kz/2026/a") == "https://one.kz/2026/a"


@given(st.text(max_size=80))
def test_cleaning_an_address_twice_changes_nothing(url: str) -> None:
    once = clean_url(f"https://steppe.example/{url}")
    assert once is None or clean_url(once) == once


def test_titles_lose_the_outlet() -> None:
    assert (
        clean_title("Grain law divides Astana - The Steppe Post", "The Steppe Post")
        == "Grain law divides Astana"
    )
    assert clean_title("Putin – the long game", None) == "Putin – the long game"


def test_the_headline_shown_wins_over_the_one_for_search_engines() -> None:
    page = parse_page(
        "<title>Grain law Astana: minister late</title>"
        '<meta property="og:title" content="Grain law: minister late">'
        "<h1>The Steppe Post</h1><h1>A late minister and a law on grain for Astana</h1><p>text</p>"
    )
    assert read_metadata(page, None).title == "A late minister and a law on grain for Astana"


@pytest.mark.parametrize(
    ("text", "declared", "expected"),
    [
        ("Парламент обсудил закон о зерне, и министр заявил, что экспорт вырастет в этом году.", "en", "ru"),
        ("Парламент обговорив закон про зерно, і міністр заявив, що експорт зросте цього року.", None, "uk"),
        (
            "Парламент астық туралы заңды талқылады, министр биыл экспорт өсетінін айтты, бұл маңызды.",
            None,
            "kk",
        ),
        ("The parliament debated the grain law and the minister said exports would rise.", "ru", "en"),
        ("Το κοινοβούλιο συζήτησε τον νόμο.", None, "el"),
        ("საქართველოს პარლამენტი", None, "ka"),
        ("", "pl", "pl"),
        # Function words settle it, but not against letters nor without words of their own alone.
        ("The ministry said on Monday that exports would rise by a third this year. " * 3, "pl", "en"),
        ("Министр заявил, что для рынка и для экспорта было сделано всё. " * 3, "uk", "ru"),
        ("Министърът заяви, че до края на годината с по-малко зърно и на по-ниска цена. " * 3, "ru", "bg"),
        ("De minister zei dat in de haven of in het land was as is, en had we op een a. " * 3, "en", "nl"),
    ],
)
def test_language_by_text_and_script(text: str, declared: str | None, expected: str) -> None:
    assert detect_language(text, declared) == expected


def test_charsets_declared_lied_about_and_missing() -> None:
    russian = "Парламент обсудил закон о зерне. " * 5
    assert decode_page(b"<meta charset=windows-1251>" + russian.encode("cp1251")).endswith(russian)
    assert decode_page(b"<meta charset=windows-1251>" + russian.encode()).endswith(russian)
    assert decode_page(russian.encode("cp1251")) == russian
    assert decode_page(russian.encode("koi8-r"), "text/html; charset=KOI8-R") == russian
    assert decode_page(b"<meta charset=zip_codec><p>caf\xe9</p>").endswith("café</p>")


STYLE = (
    "The minister said that exports rose, officials reported, and the agency added that prices fell. " * 12
)


@pytest.mark.parametrize(
    ("title", "url", "types", "removed", "expected"),
    [
        ("On grain", "https://x.example/opinion/grain", (), (), "opinion"),
        ("О зерне", "https://x.example/mneniya/zerno", (), (), "opinion"),
        ("On grain", None, ("opinionnewsarticle",), (), "opinion"),
        ("Interview: the minister on grain", "https://x.example/a", (), (), "interview"),
        ("On grain", "https://x.example/analysis/grain", (), (), "analysis"),
        ("Statement by the Ministry on grain", None, (), (), "statement"),
        ("Exports rise", "https://x.example/news/exports", (), (), "news"),
        ("Grain", None, (), ("The views expressed are the author's own.",), "opinion"),
    ],
)
def test_kinds_by_their_reasons(
    title: str, url: str | None, types: tuple[str, ...], removed: tuple[str, ...], expected: KindLabel
) -> None:
    text = STYLE if expected == "news" else "Grain is grown in the north. " * 30
    notes = [Removed("disclaimer", note) for note in removed]
    kind = decide_kind(title, text, url=url, types=types, removed=notes)
    assert kind.label == expected
    assert kind.why


def test_kind_abstains_without_reasons() -> None:
    assert decide_kind("Grain", "Grain is grown in the north. " * 30).label == "other"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BISHKEK, March 4 (Reuters) - Bridges fell.\nMore.", "Reuters"),
        ("МОСКВА, 4 марта. /ТАСС/. Мосты упали.", "TASS"),
        ("МОСКВА, 4 мар - РИА Новости. Мосты упали.", "RIA Novosti"),
        ("Москва. 4 марта. INTERFAX.RU - Мосты упали.", "Interfax"),
        ("Мосты упали, сообщает Интерфакс.\nЕщё.", "Interfax"),
        ("Мосты упали, сообщает агентство «Интерфакс» со ссылкой на МЧС.\nЕщё.", "Interfax"),
        ("Мосты упали, сообщил Reuters источник в правительстве.\nЕщё.", None),
        ("Мости впали, повідомляє Укрінформ.\nЩе", "Ukrinform"),
        ("Мости впали, передає УНН з посиланням на ДСНС.\nЩе", "UNN"),
        ("Мости впали. Про це пише Reuters.\nЩе", "Reuters"),
        ("КИЇВ. 4 березня. УНН. Мости впали.\nЩе", "UNN"),
        ("4 марта, Минск /Корр. БЕЛТА/. Мосты упали.", "BelTA"),
        ("Мосты упали, передаёт корреспондент агентства Kazinform.", "Kazinform"),
        ("АСТАНА. KAZINFORM – Мосты упали.", "Kazinform"),
        ("АСТАНА. ҚазАқпарат – Көпірлер құлады.", "Kazinform"),
        ("Көпірлер құлады, деп хабарлайды Kazinform.", "Kazinform"),
        ("Бишкек, 24.kg - Анастасия Мокренко. Мосты упали.", "24.kg"),
        ("Мосты упали, сообщает ИА «24.kg».", "24.kg"),
        ("Kazakhstan's oil fell, Reuters reported on Monday, citing sources.", "Reuters"),
        ("Oil fell, according to the news agency Reuters.", "Reuters"),
        ("The minister told Reuters that bridges fell and nobody knew why.\nMore text here.", None),
        ("BEIJING, May 3 (Xinhua) -- Bridges fell.", "Xinhua"),
        ("新华社北京5月3日电（记者张三）桥塌了。", "Xinhua"),
        ("据路透社报道，桥塌了。", "Reuters"),
        ("Bridges fell.\nMore.\n(Anadolu)", "Anadolu"),
        ("Köprüler çöktü.\nKaynak: AA", "Anadolu"),
        ("Körpülər uçdu, APA xəbər verir.", "APA"),
        ("Most runął, podaje PAP.", "PAP"),
        ("Most runął. (PAP)\nDalej", "PAP"),
        ("Les ponts sont tombés, selon l'AFP.", "AFP"),
        ("Brücken sind eingestürzt, meldet die Nachrichtenagentur Reuters.", "Reuters"),
        ("Berlin (dpa) - Brücken sind eingestürzt.", "dpa"),
        ("Podurile au căzut, transmite Agerpres.", "Agerpres"),
        ("Минск, 4 марта. Мосты упали, сообщили в БелТА.", None),
        ("He wrote an app for the AP exam in school.\nHe passed.", None),
        ("Мосты упали. Фото: РИА Новости", None),
        ("Trend of falling bridges goes on.", None),
        ("According to the Associated Press, bridges fell.", "AP"),
        ("Associated Press reporters saw bridges fall.", None),
        ("By Reuters Staff\nBridges fell.", None),
        ("Масты ўпалі, паведамляе БелТА.", "BelTA"),
        ("Ўзбекистонда кўприк қулади, деб хабар беради ЎзА.", "UzA"),
        ("Премьера прошла, сообщает Sputnik Кыргызстан.", "Sputnik"),
        ("Bridges fell, as the AP reported.", "AP"),
        ("ТАСС, 24 ноября. Мосты упали.", "TASS"),
        ("Мосты упали, сообщает британское агентство Reuters.", "Reuters"),
        ("Мостовете паднаха, предаде Ройтерс.", "Reuters"),
        ("Mosty spadly. Informovala o tom agentura Reuters.", "Reuters"),
    ],
)
def test_origin_is_credited_not_mentioned(text: str, expected: str | None) -> None:
    assert origin_of(text) == expected


def test_an_author_line_and_a_note_credit_the_origin_first() -> None:
    text = "Oil fell, according to Reuters."
    assert origin_of(text, ("Ann Lee, AFP",)) == "AFP"
    assert origin_of("Oil fell.", (), ("More from Bloomberg Opinion",)) == "Bloomberg Opinion"


@pytest.mark.parametrize(
    ("head", "headings", "expected"),
    [
        ('<meta property="og:site_name" content="News of the Steppe">'
         "<title>Grain law | News of the Steppe</title>",
         ["News of the Steppe"], "Grain law"),
        ('<meta property="og:site_name" content="SteppeWatching">'
         "<title>What is grain? | SteppeWatching</title>",
         ["SteppeWatching", "What is grain?"], "What is grain?"),
        ("<title>About grain – Steppe Watching Entertainment</title>", [], "About grain"),
        ("<title>有英勇的你，才有英雄的城！-新华网</title>", [], "有英勇的你，才有英雄的城！"),
    ],
)  # fmt: skip
def test_the_name_of_the_site_is_no_headline(head: str, headings: list[str], expected: str) -> None:
    body = "".join(f"<h1>{heading}</h1>" for heading in headings) + "<p>It was passed.</p>"
    page = parse_page(f"<html><head>{head}</head><body>{body}</body></html>")
    assert read_metadata(page, "https://www.steppewatching.example/grain").title == expected


NOW = datetime(2026, 3, 4, tzinfo=UTC)


def test_ten_tries_over_three_days() -> None:
    now, tries = NOW, 0
    while True:
        tries += 1
        decision = decide_retry(tries, NOW, Trouble("timeout", "it is slow"), now)
        if isinstance(decision, GiveUp):
            break
        assert decision.when > now
        now = decision.when
    assert tries == MAX_ATTEMPTS
    assert timedelta(days=2, hours=20) < now - NOW <= timedelta(days=3)


def test_gone_is_final_and_retry_after_only_lengthens() -> None:
    assert isinstance(decide_retry(1, NOW, Trouble("http-4xx", "404", status=404), NOW), GiveUp)
    for kind in ("gone", "soft-404", "robots", "geo-block"):
        assert isinstance(decide_retry(1, NOW, Trouble(kind, ""), NOW), GiveUp)
    busy = Trouble("rate-limited", "", retry_after_seconds=7200)
    assert decide_retry(1, NOW, busy, NOW) == RetryAt(NOW + timedelta(hours=2))
    assert decide_retry(1, NOW, replace(busy, retry_after_seconds=1), NOW) == RetryAt(
        NOW + timedelta(minutes=5)
    )
