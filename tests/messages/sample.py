"""One alert and one digest that show everything; the texts are ours."""

from datetime import UTC, datetime

from monitor.messages.digest import Coverage, Digest, DigestGroup, DigestStory, SourceNote, Turn
from monitor.model import Alert, Attitude, Evidence, Kind, Quote, Tag

NOW = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)


def tag(dimension: str, key: str, salience: float, role: str = "about") -> Tag:
    evidence = Evidence(0, 4, "term", "A sentence.", "test")
    return Tag(dimension, key, role, salience, 3, (evidence,))  # type: ignore[arg-type]


def quote(sentence: str, *terms: str, keys: tuple[str, ...] = ()) -> Quote:
    marks = tuple(sorted((sentence.index(term), sentence.index(term) + len(term)) for term in terms))
    return Quote(sentence, marks, keys)


def alert(**changes: object) -> Alert:
    values: dict[str, object] = {
        "identity": "5f0c2a9be1d4470c8a12d3e4",
        "rule": "Drift from the CSTO",
        "severity": "high",
        "article_id": 4711,
        "story_id": 812,
        "title": "Союз без союзников: почему Астана молчит, когда её зовут",
        "url": "https://steppe-courier.example/opinion/soyuz-bez-soyuznikov?utm=1&x=2",
        "outlet": "Степной курьер",
        "byline": ("Айгерим Сатпаева",),
        "published": NOW,
        "language": "ru",
        "kind": Kind(
            "opinion", 0.93, ("the page's section is “Колонки”", "a disclaimer speaks of the author's view")
        ),
        "countries": (
            tag("country", "KZ", 0.86),
            tag("country", "RU", 0.61),
            tag("country", "AM", 0.22, "mentioned"),
        ),
        "themes": (tag("theme", "csto", 0.91), tag("theme", "sanctions", 0.4, "mentioned")),
        "quotes": (
            quote(
                "Казахстан уже третий год не посылает на учения ОДКБ ни одного батальона, "
                "и никто не спрашивает почему.",
                "Казахстан",
                "ОДКБ",
                keys=("country:KZ", "theme:csto"),
            ),
            quote(
                "В Астане говорят о санкциях тише, чем о погоде, но считают их внимательнее.",
                "Астане",
                "санкциях",
                keys=("country:KZ", "theme:sanctions"),
            ),
        ),
        "copies": ("valley-herald.example", "border-post.example", "lake-times.example"),
        "origin": "Степной курьер",
        "why": "country:KZ and theme:csto in one sentence; kind is opinion",
        "update_of": None,
    }
    return Alert(**(values | changes))  # type: ignore[arg-type]


BANKS = quote("Банки Казахстана закрывают счета раньше, чем их об этом просят.", "Казахстана", "счета")
TURNED = Attitude("AM", "RU", -1, "Yerevan no longer asks Moscow first.")


def story(number: int = 1, **changes: object) -> DigestStory:
    values: dict[str, object] = {
        "story_id": number,
        "article_id": number * 10,
        "title": "Yerevan pays its dues late, and says so",
        "url": f"https://valley-herald.example/a/{number}",
        "outlet": "The Valley Herald",
        "byline": ("Nare Hakobyan",),
        "published": NOW,
        "language": "en",
        "kind": "analysis",
        "countries": (("AM", 0.9), ("RU", 0.5)),
        "themes": (("csto", 0.8),),
        "quotes": (quote("Armenia has frozen its seat in the CSTO in all but name.", "Armenia", "CSTO"),),
        "copies": ("lake-times.example",),
        "origin": None,
        "rules": ("Drift from the CSTO",),
        "reason": "",
    }
    return DigestStory(**(values | changes))  # type: ignore[arg-type]


def digest(**changes: object) -> Digest:
    values: dict[str, object] = {
        "identity": "digest-morning-2026-03-14T07-00",
        "name": "morning",
        "title": "Morning digest",
        "period_start": datetime(2026, 3, 13, 6, 0, tzinfo=UTC),
        "period_end": datetime(2026, 3, 14, 6, 0, tzinfo=UTC),
        "timezone": "Europe/Berlin",
        "query": "theme:csto OR theme:sanctions",
        "groups": (
            DigestGroup("AM", "csto", 3, 1, (story(1), story(2, title="A seat kept warm", copies=()))),
            DigestGroup("KZ", "sanctions", 1, 1, (story(3, title="Банки считают тихо", quotes=(BANKS,)),)),
        ),
        "turns": (Turn("AM", "RU", 0.2, -0.6, (TURNED,)),),
        "coverage": Coverage(
            150,
            143,
            2310,
            (SourceNote("Border Post", "HTTP 503 since 12 Mar"),),
            (SourceNote("Lake Times", "no new entry for 9 days"),),
            (SourceNote("Hill Radio", "about 12 entries missed"),),
        ),
    }
    return Digest(**(values | changes))  # type: ignore[arg-type]
