"""Analysis + outlet + sources -> `Subject`: what a query is asked about."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from monitor.model import Analysis, Attitude, Evidence, Joint, Kind, Tag
from monitor.text import sentences
from monitor.watch.words import SECTION, SENTENCE, Token, normalise_document, tokens


class Words:
    """The words of a title and a text, counted from 0 over both, cut up when first asked for.

    `stream` is the search text; where it is not given (it is stored with the article), it is made.
    """

    def __init__(
        self,
        title: str,
        text: str,
        language: str | None,
        byline: tuple[str, ...] = (),
        *,
        stream: str | None = None,
    ) -> None:
        self.title = title
        self.text = text
        self._language = language
        self._byline = byline
        self._stream = stream

    @cached_property
    def stream(self) -> str:
        """The search text."""
        if self._stream is not None:
            return self._stream
        return normalise_document(self.title, self.text, self._language, self._byline)

    @cached_property
    def _sections(self) -> tuple[list[str], list[str]]:
        title, _, rest = f" {self.stream} ".partition(f" {SECTION} ")
        text, _, _ = f" {rest} ".partition(f" {SECTION} ")
        return title.split(), text.split()

    @cached_property
    def title_count(self) -> int:
        """How many words the title has: the first number of the text's words."""
        return len(self._sections[0])

    @cached_property
    def normal(self) -> list[str]:
        """The normal form of each word."""
        title, text = self._sections
        return title + [word for word in text if word != SENTENCE]

    @cached_property
    def sentence_numbers(self) -> list[int]:
        """The number of each word's sentence; the title is sentence 0."""
        numbers = [0] * self.title_count
        current = 1
        for word in self._sections[1]:
            if word == SENTENCE:
                current += 1
            else:
                numbers.append(current)
        return numbers

    @cached_property
    def index(self) -> Mapping[str, list[int]]:
        """Normal form -> the numbers of the words that have it."""
        found: dict[str, list[int]] = {}
        for number, word in enumerate(self.normal):
            found.setdefault(word, []).append(number)
        return found

    @cached_property
    def surface(self) -> list[Token]:
        """Each word as it stands; offsets of the first `title_count` are into the title."""
        return (tokens(self.title) + tokens(self.text))[: len(self.normal)]

    @cached_property
    def text_sentences(self) -> list[tuple[int, int]]:
        """The spans of the text's sentences."""
        return sentences(self.text)

    @cached_property
    def _starts(self) -> list[int]:
        return [token.start for token in self.surface[self.title_count :]]

    @cached_property
    def _title_starts(self) -> list[int]:
        return [token.start for token in self.surface[: self.title_count]]

    def of(self, evidence: Evidence) -> tuple[int, int] | None:
        """Return the first and last word of a piece of evidence, or None where it lies on no word."""
        in_title = evidence.where == "title"
        starts = self._title_starts if in_title else self._starts
        first = max(bisect_right(starts, evidence.start) - 1, 0)
        last = bisect_left(starts, evidence.end) - 1
        if not starts or last < first:
            return None
        base = 0 if in_title else self.title_count
        return base + first, base + last

    def in_capitals(self, number: int) -> bool:
        """Whether a word is written in capitals only."""
        if number >= len(self.surface):
            return False
        token = self.surface[number]
        source = self.title if number < self.title_count else self.text
        return source[token.start : token.end].isupper()


@dataclass(frozen=True, slots=True)
class Subject:
    """All that a query can ask about one article, and all that an alert says of it."""

    title: str
    text: str
    url: str | None
    language: str | None
    kind: Kind
    outlet: str  # host
    outlet_name: str
    byline: tuple[str, ...]
    published: datetime | None
    countries: tuple[Tag, ...]
    themes: tuple[Tag, ...]
    joints: tuple[Joint, ...]
    attitudes: tuple[Attitude, ...]
    sources: int  # independent sources of the event that it tells of
    words: Words

    @property
    def search_text(self) -> str:
        """The normalised words, as the database stores them."""
        return self.words.stream


def subject_of(
    analysis: Analysis,
    *,
    outlet: str,
    sources: int = 1,
    outlet_name: str = "",
    search_text: str | None = None,
) -> Subject:
    """Return the subject of an analysed article; `search_text` is given where it is stored already."""
    article = analysis.article
    tagging = analysis.tagging
    return Subject(
        title=article.title,
        text=article.text,
        url=article.url,
        language=article.language,
        kind=article.kind,
        outlet=outlet.lower(),
        outlet_name=outlet_name or article.outlet or outlet,
        byline=article.byline,
        published=article.published,
        countries=tagging.countries,
        themes=tagging.themes,
        joints=tagging.joints,
        attitudes=tagging.attitudes,
        sources=sources,
        words=Words(article.title, article.text, article.language, article.byline, stream=search_text),
    )
