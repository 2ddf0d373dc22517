"""Marks on words -> `Quote`s: the sentences that show a match, best first."""

from typing import NamedTuple

from monitor.model import Joint, Quote
from monitor.watch.subject import Subject

MAX_QUOTES = 5
MAX_SENTENCE = 500  # characters


class Mark(NamedTuple):
    """Words `first` to `last` show `key`."""

    first: int
    last: int
    key: str


def quotes_of(subject: Subject, marks: list[Mark], ties: list[Joint]) -> tuple[Quote, ...]:
    """Return the sentences that hold the marks, those that show most at once first.

    A tie whose place is not among the marks is quoted by its own sentence.
    """
    words = subject.words
    by_sentence: dict[int, set[Mark]] = {}
    for mark in marks:
        by_sentence.setdefault(words.sentence_numbers[mark.first], set()).add(mark)
    best = sorted(
        by_sentence.items(),
        key=lambda item: (-len({mark.key for mark in item[1]}), item[0]),
    )
    quotes: dict[str, Quote] = {}
    for tie in filter(lambda tie: tie.sentence, ties):
        keys = (f"country:{tie.country}", f"theme:{tie.theme}")
        quotes.setdefault(tie.sentence, Quote(tie.sentence, _terms(subject, tie), keys))
    for number, found in best:
        quote = _quote(subject, number, found)
        if quote is not None:
            known = quotes.get(quote.sentence)
            if known is None or set(known.keys) <= set(quote.keys):
                quotes[quote.sentence] = quote
    ordered = sorted(quotes.values(), key=lambda quote: -len(quote.keys))
    return tuple(_cut(quote) for quote in ordered[:MAX_QUOTES])


def own_quotes(subject: Subject) -> tuple[Quote, ...]:
    """Return what to quote where the query named no place in the text: an article's ties, or its tags."""
    tied = [tie for tie in subject.joints if tie.same_sentence]
    if tied:
        return quotes_of(subject, [], tied)
    marks = []
    for tag in subject.countries + subject.themes:
        places = filter(None, map(subject.words.of, tag.evidence[:1]))
        marks += [Mark(first, last, f"{tag.dimension}:{tag.key}") for first, last in places]
    return quotes_of(subject, marks, [])


def _quote(subject: Subject, number: int, marks: set[Mark]) -> Quote | None:
    words = subject.words
    if number == 0:
        source, start, end = subject.title, 0, len(subject.title)
    elif number <= len(words.text_sentences):
        source = subject.text
        start, end = words.text_sentences[number - 1]
    else:
        return None
    spans = []
    for mark in marks:
        if mark.last < len(words.surface):
            low, high = words.surface[mark.first].start, words.surface[mark.last].end
            spans.append((max(low, start) - start, min(high, end) - start))
    keys = tuple(sorted({mark.key for mark in marks}))
    return Quote(source[start:end], _merged(spans), keys)


def _terms(subject: Subject, tie: Joint) -> tuple[tuple[int, int], ...]:
    """Return where the terms of a tie's country and theme stand in its sentence."""
    spans = []
    for tag in subject.countries + subject.themes:
        if tag.key in (tie.country, tie.theme):
            for evidence in tag.evidence:
                at = tie.sentence.find(evidence.term)
                if evidence.term and evidence.sentence == tie.sentence and at >= 0:
                    spans.append((at, at + len(evidence.term)))
    return _merged(spans)


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _cut(quote: Quote) -> Quote:
    """Shorten a very long sentence to the part around its first marks."""
    sentence = quote.sentence
    if len(sentence) <= MAX_SENTENCE:
        return quote
    first = quote.marks[0][0] if quote.marks else 0
    start = max(0, min(first - MAX_SENTENCE // 4, len(sentence) - MAX_SENTENCE))
    end = start + MAX_SENTENCE
    before, after = "… " if start else "", " …" if end < len(sentence) else ""
    shift = len(before) - start
    marks = tuple(
        (max(low, start) + shift, min(high, end) + shift)
        for low, high in quote.marks
        if high > start and low < end
    )
    return Quote(before + sentence[start:end] + after, marks, quote.keys)
