"""Small articles with tags, made for the tests of the watch language."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from monitor.model import Analysis, Evidence, Extracted, Joint, Kind, KindLabel, Role, Tag, Tagging

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def analysis(
    text: str,
    *,
    title: str = "",
    language: str | None = "ru",
    kind: KindLabel = "opinion",
    byline: tuple[str, ...] = (),
    published: datetime | None = NOW,
    countries: Sequence[Tag] = (),
    themes: Sequence[Tag] = (),
    joints: Sequence[Joint] = (),
    url: str | None = None,
    id: str = "1",
) -> Analysis:
    """Return an analysed article."""
    return Analysis(
        id,
        Extracted(
            url, title, text, byline, "Example", published, None, language, None, (), Kind(kind, 0.9, ()),
            "native", 1.0,
        ),
        Tagging(tuple(countries), tuple(themes), tuple(joints)),
        exact_hash=f"hash-{id}",
    )  # fmt: skip


def tag(dimension: str, key: str, text: str, *terms: str, role: Role = "about", salience: float = 0.5) -> Tag:
    """Return a tag whose evidence is every occurrence of the terms in the text."""
    found = []
    for term in terms:
        at = text.find(term)
        while at >= 0:
            found.append(Evidence(at, at + len(term), term, "", f"name:{key}"))
            at = text.find(term, at + 1)
    assert dimension in ("country", "theme")
    return Tag(dimension, key, role, salience, len(found), tuple(found))  # type: ignore[arg-type]


RUSSIAN = (
    "санкции санкций санкциями Казахстан Казахстана союз союза союзом ОДКБ войска войск Ереван Еревана "
    "мобилизация мобилизации учения учений и не но"
).split()
ENGLISH = (
    "sanction sanctions sanctioned Kazakhstan union unions US us troops troop Yerevan mobilise mobilised "
    "exercise exercises and not or countries country"
).split()
KAZAKH = "санкция санкциялар санкциялардың Қазақстан Қазақстанның одақ одаққа әскер әскерлер және".split()
LANGUAGES = {"ru": RUSSIAN, "en": ENGLISH, "kk": KAZAKH}
KINDS: tuple[KindLabel, ...] = ("opinion", "news", "analysis")
AUTHORS = ("Nare Hakobyan", "Айгерим Сатпаева", "O. Nare")
OUTLETS = ("courier.example", "news.courier.example", "herald.example")


def random_analysis(draw: random.Random, number: int) -> tuple[Analysis, str]:
    """Return an article made of few words, so that queries hit it, and its outlet."""
    language = draw.choice([*LANGUAGES, None])
    words = LANGUAGES[language or draw.choice(list(LANGUAGES))]

    def sentence() -> str:
        return " ".join(draw.choices(words, k=draw.randint(2, 7))).capitalize() + draw.choice(".!?")

    paragraphs = [" ".join(sentence() for _ in range(draw.randint(1, 4))) for _ in range(draw.randint(0, 3))]
    text = "\n".join(paragraphs)
    title = " ".join(draw.choices(words, k=draw.randint(0, 5)))
    countries, themes = [], []
    for key, terms in (("KZ", ("Казахстан", "Kazakhstan", "Қазақстан")), ("AM", ("Ереван", "Yerevan"))):
        made = _tag(draw, "country", key, text, terms)
        countries += [made] if made else []
    for key, terms in (("csto", ("ОДКБ",)), ("sanctions", ("санкци", "sanction"))):
        made = _tag(draw, "theme", key, text, terms)
        themes += [made] if made else []
    joints = [
        Joint(country.key, theme.key, draw.random() < 0.3, draw.randint(0, 60), "")
        for country in countries
        for theme in themes
        if draw.random() < 0.5
    ]
    made_analysis = analysis(
        text,
        title=title,
        language=language,
        kind=draw.choice(KINDS),
        byline=tuple(draw.sample(AUTHORS, draw.randint(0, 2))),
        published=draw.choice([None, NOW - timedelta(days=draw.randint(0, 5), hours=draw.randint(0, 23))]),
        countries=countries,
        themes=themes,
        joints=joints,
        url=f"https://courier.example/{number}",
        id=str(number),
    )
    return made_analysis, draw.choice(OUTLETS)


def _tag(draw: random.Random, dimension: str, key: str, text: str, terms: tuple[str, ...]) -> Tag | None:
    role: Role = draw.choice(["about", "mentioned"])
    made = tag(dimension, key, text, *terms, role=role, salience=draw.choice([0.1, 0.4, 0.5, 0.9]))
    return made if made.evidence else None
