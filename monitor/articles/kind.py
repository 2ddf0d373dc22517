"""What a page says of itself, its title and text -> Kind: opinion, analysis, news, interview, statement, other.

Reasons are weighed: structured data first, then the address and rubric, then disclaimer and author
note, then style. Where the best reasons do not carry, the answer is `other` with a low score.
"""

# ruff: noqa: E501

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from monitor.model import KINDS, Kind, KindLabel, Removed

# Weight that a label needs, and its lead over the next. One strong reason (schema type, rubric) carries.
THRESHOLD = 1.0
LEAD = 0.35
STYLE_CHARACTERS = 8000  # style shows in a thousand words; the rest costs time

_TYPES: dict[str, KindLabel] = {
    "opinionnewsarticle": "opinion", "analysisnewsarticle": "analysis", "reportagenewsarticle": "news",
    "backgroundnewsarticle": "analysis", "askpublicnewsarticle": "news", "criticreview": "other", "recipe": "other",
    "reviewnewsarticle": "other", "advertisercontentarticle": "other",
}  # fmt: skip
_RUBRICS: tuple[tuple[KindLabel, str], ...] = (
    ("opinion", r"opinions?|op-?eds?|comment(?:ary|isfree)?|columns?|columnists?|editorials?|letters?|viewpoints?|views|perspectives?|voices|ideas|blogs?|debate|essays?"
                r"|мнени[ея]|колонк[аи]|колумнисты?|авторск\w+|точка зрения|редакционн\w+|блоги?|дискуссии|публицистика|реплика|комментарии экспертов|эссе"
                r"|думк[аи]|колонки|погляд(?:и)?|точка зору|блог[иі]|opinie|felieton\w*|komentarz\w*|publicystyka|απόψεις|γνώμη|άποψη|αρθρογραφία|opinión|opinião|meinung|kommentare?|tribunes?|görüş|yazarlar|pikirler|пікір|ой-пікір|pozitsiya|mneni[ey]a?|kolonk[ai]|dumka|dumky|blogi"),
    ("analysis", r"analys[ie]s|analytics?|explainers?|explained|in[- ]depth|deep[- ]dive|briefings?|research|reports?|policy-?briefs?|special-reports?|аналитика|анализ|разбор|исследования|обзоры?|аналітика|аналіз|analiz[ay]|analizy|ανάλυση|análisis|analyse|hintergrund|analitika|analytyka|сараптама|талдау"),
    ("interview", r"interviews?|q-?(?:and-?)?a|интервью|інтерв['’ʼ]?ю|wywiady?|συνεντεύξεις|συνέντευξη|entrevistas?|intervyu|interv[iy]+u|сұхбат|маек"),
    ("statement", r"press-?releases?|statements?|speeches|transcripts?|remarks|readouts?|official|presscent(?:er|re)|заявлени[ея]|пресс-?релиз\w*|стенограмм\w+|выступлени[ея]|обращени[ея]|заяв[аи]|прес-?реліз\w*|виступи|oświadczeni[ae]|communiqu[eé]s?|brief?ing-?room"),
    ("news", r"news|world|politics|business|economy|national|local|breaking|latest|europe|asia|africa|americas?|новости|политика|экономика|общество|мир|в мире|происшествия|лента|новини|політика|економіка|суспільство|світ|wiadomości|kraj|świat|polityka|ειδήσεις|κόσμος|πολιτική|жаңалықтар|жаңылыктар|noticias"),
)  # fmt: skip
_RUBRIC_RES = tuple((label, re.compile(rf"(?:{pattern})", re.IGNORECASE)) for label, pattern in _RUBRICS)
_TITLES: tuple[tuple[KindLabel, str, float], ...] = (
    ("opinion", r"^(?:opinion|op-?ed|commentary|column|editorial|letter|viewpoint|comment|мнение|колонка|комментарий|думка|погляд|opinia|felieton|άποψη)\s*[|:/—–-]|[|—–]\s*(?:opinion|commentary|column)\b", 1.2),
    ("analysis", r"^(?:analysis|explainer|explained|news analysis|аналитика|разбор|объясняем|аналіз|пояснюємо|analiza)\s*[|:—–-]|[|:—–]\s*(?:analysis|explainer)\b", 1.2),
    ("interview", r"^(?:interview|q&a|интервью|інтерв['’ʼ]ю|wywiad|συνέντευξη)\b|[|:—–]\s*(?:an )?interview\b|\binterview with\b|\bинтервью с\b", 1.0),
    ("statement", r"^(?:statement|remarks|joint (?:statement|communiqu[eé]|declaration)|readout|address|speech|transcript|press release|заявление|совместное заявление|выступление|обращение|стенограмма|послание|заява|звернення|oświadczenie)\b.{0,60}\b(?:by|of|on|to|from|at|мид|министерств|президент|посольств|пресс|міністерств|мзс|o|по|о|об|в связи)\b", 1.1),
    ("analysis", r"^(?:what .{3,60} means?\b|why .{3,80}(?:matters?|means)\b|how .{3,80} (?:is|are) (?:changing|reshaping))|\bfive things\b|\bчто (?:это )?(?:значит|означает)\b|\bчего ждать\b", 0.4),
    ("opinion", r"\b(?:must|should|shouldn[’']t|can[’']t afford to|it[’']s time (?:to|for)|let[’']s|we need)\b|\b(?:должн[аыо]|пора|нужно|нельзя)\b", 0.3),
)  # fmt: skip
_TITLE_RES = tuple((label, re.compile(pattern, re.IGNORECASE), weight) for label, pattern, weight in _TITLES)

_COLUMN_NOTE = re.compile(
    r"\b(?:columnist|opinion (?:writer|editor|contributor)|this (?:column|op-?ed|commentary|opinion|essay)|(?:views?|opinions?) expressed|board of contributors|do(?:es)? not necessarily reflect)|мнени\w+ (?:автора|редакции)|колумнист|точк\w зрения автора|думк\w+ (?:автора|редакції)|колумніст|opinie .{0,30}autor|απόψεις",
    re.IGNORECASE,
)
_REPORT_NOTE = re.compile(
    r"\b(?:reporting|writing|editing) by\b|\bcontributed to this report\b", re.IGNORECASE
)
_FIRST_PERSON = re.compile(
    r"\b(?:I|I[’']m|I[’']ve|I[’']d|my|me|myself|we must|we should|let us|let[’']s)\b|\b(?:я|мне|меня|моя|мой|моё|мое|по-моему|на мой взгляд|мені|мене|моя|мій)\b"
)
_JUDGEMENT = re.compile(
    r"\b(?:of course|to be sure|indeed|surely|frankly|make no mistake|the truth is|worse|sadly|alas|it[’']s (?:important|worth|hard|time|no|clear)|cannot be|must not|ought to|should (?:be|have|not)|obvious(?:ly)?|undoubtedly|clearly|hardly|perhaps|no surprise|in (?:reality|truth|fact)|there[’']s (?:a|no) good reason|not-so-subtle|never quite|awkward|disastrous|clumsy|absurd|hypocrisy|shameful|folly)\b"
    r"|\b(?:конечно|разумеется|очевидно|увы|к сожалению|безусловно|на самом деле|по сути|вряд ли|пожалуй|казалось бы|похоже|впрочем|мягко говоря|как ни странно|стоит ли|звісно|на жаль|очевидно|безумовно|насправді|мабуть)\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:said|says|told|announced|reported|according to|added|confirmed|stated)\b|\b(?:сообщи\w+|сообща\w+|заяви\w+|сказал\w*|отмети\w+|по словам|по данным|передает|передаёт|пояснил\w*|рассказал\w*|подчеркну\w+|повідоми\w+|повідомля\w+|заявив|заявила|за словами|за даними|зазначи\w+|powiedział\w*|poinformował\w*|dodał\w*|według|δήλωσε|ανέφερε|είπε|σύμφωνα με|τόνισε)\b",
    re.IGNORECASE,
)
_QUESTION_LINE = re.compile(
    r"^(?:[—–-]\s*|Q(?:uestion)?\s*[:.]|Вопрос\s*[:.]|[A-ZА-Я][\w.’' -]{1,30}:\s).{4,400}\?\s*$"
)
_OFFICIAL = re.compile(
    r"\b(?:the (?:ministry|embassy|government|presidents?|parties|sides|heads of state|foreign ministers?) (?:of .{3,40} )?(?:expresses?|condemns?|calls? (?:up)?on|welcomes?|reaffirm\w*|strongly|reiterates?|underlined|agreed)|we,? the (?:leaders|undersigned|heads|foreign ministers|presidents)|(?:министерство|мид|посольство|правительство) .{0,50}(?:выражает|осуждает|призывает|приветствует|подчеркивает)|мы, главы|стороны (?:подтвердили|выразили|договорились|отметили)|міністерство .{0,50}(?:висловлює|засуджує|закликає))",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Balance:
    weights: dict[KindLabel, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))
    why: list[tuple[KindLabel, float, str]] = field(default_factory=list)

    def add(self, label: KindLabel, weight: float, reason: str) -> None:
        self.weights[label] += weight
        self.why.append((label, weight, reason))


def decide_kind(
    title: str,
    text: str,
    *,
    url: str | None = None,
    section: str | None = None,
    types: Sequence[str] = (),
    feed_tags: Sequence[str] = (),
    removed: Sequence[Removed] = (),
    byline: Sequence[str] = (),
    language: str | None = None,
) -> Kind:
    """Return the kind of an article with the reasons that decided, heaviest first."""
    balance = _Balance()
    for kind in types:
        if kind in _TYPES:
            balance.add(_TYPES[kind], 1.6 if _TYPES[kind] != "news" else 0.8, f"schema.org type {kind}")
    _weigh_rubrics(balance, url, section, feed_tags)
    for label, pattern, weight in _TITLE_RES:
        if pattern.search(title):
            balance.add(label, weight, f"title reads as {label}")
    _weigh_notes(balance, removed)
    _weigh_style(balance, title, text, bool(byline))
    ranked = sorted(balance.weights.items(), key=lambda item: -item[1])
    (best, weight), (_, second) = ranked[0], ranked[1]
    reasons = tuple(text for label, _, text in sorted(balance.why, key=lambda r: -r[1]) if label == best)
    if best == "other" or weight < THRESHOLD or weight - second < LEAD:
        tried = tuple(f"{text} ({label})" for label, _, text in sorted(balance.why, key=lambda r: -r[1])[:4])
        return Kind("other", round(min(0.5, weight / 4), 2), tried or ("no sign of any kind",))
    return Kind(best, round(min(0.99, 0.5 + 0.5 * (weight - second * 0.5) / (1.0 + weight)), 2), reasons)


def _rubric(name: str) -> KindLabel | None:
    folded = name.strip().strip("/").replace("_", "-").lower()
    for label, pattern in _RUBRIC_RES:
        if pattern.fullmatch(folded):
            return label
    return None


def _weigh_rubrics(balance: _Balance, url: str | None, section: str | None, feed_tags: Sequence[str]) -> None:
    weights = {"news": 0.6}
    seen: set[KindLabel] = set()
    sources = [(f"section {section!r}", [section])] if section else []
    if url:
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        steps = [unquote(step) for step in parts.path.split("/")[:-1] if step]
        sources.append(("address", [*steps[:4], (parts.hostname or "").split(".")[0]]))
    sources.append(("feed category", list(feed_tags)))
    for where, names in sources:
        for name in names:
            label = _rubric(name)
            if label and label not in seen:
                seen.add(label)
                shown = where if where.startswith("section") else f"{where} {name!r}"
                balance.add(label, weights.get(label, 1.2), shown)


def _weigh_notes(balance: _Balance, removed: Sequence[Removed]) -> None:
    for block in removed:
        if block.reason in {"disclaimer", "author-note", "correction"} and _COLUMN_NOTE.search(block.text):
            what = "disclaimer" if block.reason == "disclaimer" else "author note"
            balance.add(
                "opinion", 1.0 if block.reason == "disclaimer" else 0.8, f"{what}: {block.text[:80]!r}"
            )
        elif block.reason == "agency-note" and _REPORT_NOTE.search(block.text):
            balance.add("news", 0.6, f"report note: {block.text[:60]!r}")


def _weigh_style(balance: _Balance, title: str, text: str, signed: bool) -> None:
    text = text[:STYLE_CHARACTERS]
    words = max(1, len(text.split()))
    if words < 60:
        return
    lines = [line for line in text.split("\n") if line.strip()]
    questions = sum(bool(_QUESTION_LINE.match(line)) for line in lines)
    if questions >= 4 and questions / len(lines) > 0.12:
        balance.add("interview", 1.1, f"{questions} questions, each its own line")
    official = len(_OFFICIAL.findall(text))
    if official >= 2 and official * 250 > words and not _REPORTED.search(text[:300]):
        balance.add("statement", 1.0, f"{official} official formulas")
    unquoted = re.sub(r"[“«\"][^”»\"]{0,600}[”»\"]", " ", text)
    per_thousand = 1000 / words
    first = len(_FIRST_PERSON.findall(unquoted)) * per_thousand
    judged = len(_JUDGEMENT.findall(unquoted)) * per_thousand
    reported = len(_REPORTED.findall(text)) * per_thousand
    if first > 4 and reported < 8 and not questions:
        balance.add("opinion", 0.5, f"first person, {first:.0f} in 1000 words")
    if judged > 5 and reported < 8:
        balance.add("opinion", 0.5, f"judging words, {judged:.0f} in 1000 words")
    if first > 4 and judged > 5 and reported < 5 and signed:
        balance.add("opinion", 0.2, "signed, judging, in the first person")
    if reported > 10 and first < 3 and judged < 5:
        balance.add("news", 0.8, f"reported speech, {reported:.0f} in 1000 words")
    if reported > 18 and first < 3:
        balance.add("news", 0.3, "dense reported speech")
