"""Paragraphs -> where the article ends, and what follows it with the reason.

A block is cut only by position and wording together: it must stand in the tail of the text, every
block after it must be trailing matter too, and its wording must say what it is. A last sentence that
merely mentions a newsletter stays.
"""

# ruff: noqa: E501

import re
from collections.abc import Sequence

from monitor.model import Removed

# Most words a block of each kind has; a longer one is an article's paragraph whatever it mentions.
_MAX_WORDS = {
    "disclaimer": 110, "author-note": 110, "newsletter": 60, "related": 30, "share": 25, "credit": 40,
    "correction": 90, "comments": 30, "copyright": 60, "tags": 40, "source": 20, "agency-note": 50,
}  # fmt: skip

_NAME = r"[A-ZÀ-ÖØ-ÞА-ЯЁІЇЄҐ][\w’'.-]+(?:\s+(?:(?:de|van|von|der|bin|al|el|di|da|la|le)\s+)?[A-ZÀ-ÖØ-ÞА-ЯЁІЇЄҐ][\w’'.-]*){1,4}"
_JOB = (
    r"columnist|professor|fellow|correspondent|reporter|editor|journalist|author\b|writer|analyst|economist|historian"
    r"|director|researcher|lecturer|scholar|contributor|consultant|expert|scientist|president of|chair|founder"
    r"|former|co-?author|adviser|advisor|diplomat|ambassador|minister|senator|blogger|strategist|teaches|critic|partner"
)
_RU_JOB = (
    r"обозревател|колумнист|политолог|профессор|журналист|эксперт|аналитик|научн\w+ сотрудник|доцент|историк"
    r"|экономист|главный редактор|корреспондент|публицист|писател|директор|востоковед|дипломат|оглядач|колумніст"
    r"|журналіст|аналітик|політолог|експерт|історик|науков\w+ співробітник|редактор"
)

_PATTERNS: tuple[tuple[str, str], ...] = (
    # -- disclaimers ----------------------------------------------------------------------------------
    ("disclaimer", r"^[\W_]*(?:this|the) (?:column|article|commentary|op-?ed|piece|opinion|essay|post|story|content|blog)\b.{0,120}"
                   r"\b(?:not (?:necessarily )?(?:reflect|represent)|(?:reflects?|represents?|expresses) (?:only )?the"
                   r"|opinions? of the author|are (?:solely )?(?:those|his|her) )"),
    ("disclaimer", r"\b(?:views?|opinions?)(?: and (?:views?|opinions?))?\b.{0,90}\b(?:are|is|do|does)\b.{0,60}"
                   r"(?:\b(?:his|her|their|my|our) own\b|\bthose of the (?:author|writer|contributor)|\bthe (?:author|writer|contributor)(?:[’']s|s[’'])?"
                   r"|not (?:necessarily )?(?:reflect|represent|those)|not be attributed)"),
    ("disclaimer", r"\bdo(?:es)? not necessarily (?:reflect|represent|express)\b"),
    ("disclaimer", r"мнени[еяй]\b.{0,70}(?:может|могут|не обязательно|не всегда)\b.{0,40}(?:не )?(?:совпада|отража)"),
    ("disclaimer", r"(?:позици|точк)\w+ (?:зрения )?(?:редакции|автор\w+).{0,70}(?:не )?(?:совпада|отража)"),
    ("disclaimer", r"редакция\b.{0,60}(?:не несёт|не несет|не отвечает|может не|не обязательно|не всегда)"),
    ("disclaimer", r"(?:думк|позиці|погляд)\w+ (?:редакції|автор\w+).{0,80}(?:не )?(?:збіга|співпада|відобража|поділя)"),
    ("disclaimer", r"матеріал (?:виражає|відображає)|редакція (?:може|не несе|не завжди)|"
                   r"матери?ал (?:выражает|отражает) (?:личн|мнение|точку)"),
    ("disclaimer", r"(?:opinie|poglądy)\b.{0,60}(?:autor|redakc)|οι απόψεις\b.{0,80}(?:συγγραφ|συντάκτ|αρθρογράφ)"),
    ("disclaimer", r"yazar\w* (?:görüş|kendi)|las opiniones\b.{0,60}autor|die meinung des autors"
                   r"|(?:cette tribune|cet article) n[’']engage"),
    ("disclaimer", r"^[\W_]*(?:disclaimer|disclosure|editor[’']?s? note|примечание редакции|от редакции)\s*[:.—-]"),
    # -- author notes ---------------------------------------------------------------------------------
    ("author-note", rf"^[\W_]*(?:by )?(?:(?:dr|prof|professor|mr|ms|mrs|sir|gen|adm)\.? )?{_NAME}(?:,? (?:ph\.?d|md)\.?)?,?\s*(?:\([^)]{{1,40}}\)\s*)?"
                    rf"(?:,| is| was| are| has been| serves| works| writes| covers| teaches| heads| directs| currently)\b.{{0,300}}\b(?:{_JOB})"),
    ("author-note", rf"^[\W_]*{_NAME} (?:writes|covers|reports|blogs|can be reached|contributed to this|tweets)\b"),
    ("author-note", r"^[\W_]*(?:the (?:author|writer)s?|about the (?:author|writer)s?)\b.{0,40}(?:\bis\b|\bare\b|\bwas\b|:|$)"),
    ("author-note", r"^[\W_]*(?:об автор(?:е|ах)|про автор[аі]в?|о авторе|автор(?:ы|и)?)\s*(?:[:.—–-]|$)"),
    ("author-note", rf"^[\W_]*{_NAME}\s*(?:\([^)]{{1,40}}\)\s*)?[,—–-]+\s*.{{0,160}}(?:{_RU_JOB})"),
    ("author-note", r"^[\W_]*(?:follow|contact|reach|write to|email) (?:him|her|them|me|the (?:author|writer)|us on|@)\b"),
    ("author-note", r"^[\W_]*(?:follow|e-?mail) [A-Z][\w’'.-]+(?: [A-Z][\w’'.-]+){0,3} (?:on|at)\b"),
    ("agency-note", r"^[\W_]*\(?(?:(?:additional )?(?:reporting|writing|editing)) by\b"),
    ("agency-note", r"\bcontributed to this (?:report|story|article)\b|^[\W_]*the associated press contributed"),
    # -- invitations ----------------------------------------------------------------------------------
    ("newsletter", r"\b(?:sign ?up|subscribe|register)\b.{0,80}\b(?:newsletter|email|e-mail|inbox|updates|digest|channel|alerts|here|now|today|to (?:our|the|get|receive))"),
    ("newsletter", r"^[\W_]*(?:get|receive) (?:the|our|your|more)\b.{0,80}\b(?:inbox|newsletter|app\b|daily|email)"),
    ("newsletter", r"подпи(?:сывайтесь|шитесь|саться)\b|підпи(?:суйтесь|шіться|шись|сатися)\b|^[\W_]*(?:читайте|следите|смотрите|стежте) (?:нас|за нами|за новост)"),
    ("newsletter", r"(?:наш\w*|в) (?:telegram|телеграм|viber|whatsapp)[- ]?(?:канал|бот|чат)\w*|^[\W_]*присоединяйтесь к"),
    ("newsletter", r"^[\W_]*(?:join|follow|like|find) us (?:on|at|in)\b|^[\W_]*(?:download|get) (?:our|the) (?:free )?(?:app|mobile)"),
    ("newsletter", r"^[\W_]*(?:support|donate|become a (?:member|subscriber|patron)|help us)\b.{0,60}(?:journalism|work|today|subscriber|member|поддерж)"),
    ("newsletter", r"^[\W_]*(?:поддержите|підтримайте) (?:нас|наш|проект|редакц)|zapisz się (?:na|do)|dołącz do nas|εγγραφείτε"),
    # -- related --------------------------------------------------------------------------------------
    ("related", r"^[\W_]*(?:more (?:from|on|stories|like this|coverage|news|opinion|articles|by)|read (?:more|also|next|the full|full)|also read|see also"
                r"|related|recommended|you (?:may|might) (?:also )?(?:like|enjoy|be interested)|further reading|don[’']t miss|must read|also on"
                r"|also see|most (?:read|popular|viewed)|trending|from the archives?|watch(?: now| more| also| next)|click here|up next)\b"),
    ("related", r"^[\W_]*(?:читайте|читай|смотрите|смотри|слушайте|дивіться|слухайте) (?:также|ещё|еще|по теме|больше|далее|подробнее|також|теж|ще|більше)\b"),
    ("related", r"^[\W_]*(?:по теме|материалы по теме|похожие|другие (?:новости|материалы|статьи)|ещё по теме|еще по теме|подробнее|ранее по теме|рекомендуем"
                r"|новости по теме|схожі|за темою|матеріали за темою|інші новини|сюжет|главное за|ссылки по теме|смежные темы|больше новостей|самое читаемое)\b"),
    ("related", r"^[\W_]*(?:czytaj (?:także|też|również|więcej)|zobacz (?:także|też|również|więcej)|przeczytaj|polecamy|więcej (?:na|o|w)|διαβάστε (?:επίσης|ακόμ|περισσ)|δείτε (?:επίσης|ακόμ)|σχετικ(?:ά|ές|ό)"
                r"|leia (?:mais|também)|lea (?:también|más)|lire aussi|lesen sie auch|mehr zum thema|baca juga|leggi anche)\b"),
    ("related", r"^[\W_]*(?:more stories like this are available|this (?:article|story) is available)\b|\bvisit (?:our|the) (?:website|site|page)\b|^[\W_]*for more\b.{0,80}(?:visit|click|see|go to|https?:|www)"),
    # -- share, comments, tags ------------------------------------------------------------------------
    ("share", r"^[\W_]*(?:share|tweet|print|e-?mail|like|pin it|facebook|twitter|whatsapp|telegram|linkedin|copy link|save|bookmark|send|follow)"
              r"(?:[\s,|/•·-]+(?:this|on|via|it|share|tweet|print|e-?mail|article|story|page|post|facebook|twitter|whatsapp|telegram|linkedin|pinterest|reddit|google\+?|with friends|to a friend|now))*[\W_]*$"),
    ("share", r"^[\W_]*(?:поделит(?:ь|е)с[яь]|поширити|поділитися|рассказать друзьям|версия для печати|распечатать|отправить (?:по|другу)|podziel się|udostępnij|drukuj|wyślij|κοινοποίηση|εκτύπωση|μοιραστείτε)\b"),
    ("share", r"ctrl\s*\+\s*enter|(?:нашли|заметили|знайшли|помітили|увидели) (?:ошибку|опечатку|помилку)|found a (?:typo|mistake|error)"),
    ("comments", r"^[\W_]*(?:(?:\d+|no|post|leave|add|write|view|show|see|all|read) (?:a )?(?:comments?|reply|responses?)|comments? (?:are |is )?(?:closed|off|disabled|\(\d+\)|\d+)|comments?[\W_]*$|join the (?:conversation|discussion)|login to comment)"),
    ("comments", r"^[\W_]*(?:комментари(?:и|ев|й)|коментар(?:і|ів)?|обсуди(?:ть|м)|оставить комментарий|добавить комментарий|залишити коментар|komentarze|skomentuj|dodaj komentarz|σχόλια|обсуждение)\b.{0,40}$"),
    ("tags", r"^[\W_]*(?:tags?|topics?|filed under|categories|labels|keywords|теги|тэги|метки|ключевые слова|рубрик[аи]|темы|tagi|słowa kluczowe|ετικέτες|позначки|мітки)\s*[:—-]"),
    # -- credits, corrections, copyright -----------------------------------------------------------------
    ("credit", r"^[\W_]*(?:photos?|image|picture|illustration|cover|featured image|photography|header image|video)(?: (?:credit|courtesy|by|source|via|from))?\s*[:/©]"),
    ("credit", r"^[\W_]*(?:фото|иллюстрация|ілюстрація|изображение|світлина|zdj(?:ęcie|\.)?|fot\.|φωτο(?:γραφία)?|снимок|видео|відео)\s*[:./©—–-]"),
    ("credit", r"\b(?:getty images|shutterstock|depositphotos|istock(?:photo)?|unsplash|afp via getty|ap photo)\b[^.]{0,30}$"),
    ("correction", r"^[\W_]*(?:corrections?|clarification|updated?|editor[’']?s note|an earlier version|this (?:story|article|post|piece|report) (?:has been|was|is) (?:updated|corrected|amended|edited|originally|first))\b"),
    ("correction", r"^[\W_]*(?:исправлено|уточнение|поправка|обновлено|оновлено|уточнення|в предыдущей версии|виправлено)\b"),
    ("correction", r"\b(?:article|column|story|piece|commentary|post) (?:was )?(?:(?:first|originally|previously) )+(?:appeared|published|posted|ran)\b|^[\W_]*(?:first|originally) published\b|^[\W_]*republished\b"),
    ("copyright", r"^[\W_]*(?:©|\(c\)\s|copyright\b|все права защищены|всі права|all rights reserved|wszelkie prawa)|\ball rights reserved\b|©\s*(?:19|20)\d\d"),
    ("copyright", r"(?:при (?:использовании|цитировании|перепечатке|копировании|полном)|(?:использование|перепечатка|копирование) материалов|передрук|використання матеріалів|любое использование)\b.{0,120}(?:ссылк|гиперссылк|обязательн|посиланн|разреш|запрещ|только)"),
    ("copyright", r"^[\W_]*this material may not be published, broadcast"),
    ("source", r"^[\W_]*(?:source|via|источник|джерело|źródło|πηγή)\s*[:—-]\s*.{1,80}$"),
)  # fmt: skip
_COMPILED = tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in _PATTERNS)
# Names must begin with capitals: matched without folding the case.
_CASED = frozenset(pattern for reason, pattern in _PATTERNS if _NAME in pattern)
_RULES = tuple(
    (reason, re.compile(pattern.replace(_NAME, f"(?-i:{_NAME})"), re.IGNORECASE))
    if pattern in _CASED
    else (reason, compiled)
    for (reason, pattern), (_, compiled) in zip(_PATTERNS, _COMPILED, strict=True)
)

_LIST_ITEM = re.compile(r"^\s*(?:[•·▪►▶»→*–—-]|\d{1,2}[.)])\s*\S")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*\s*$")
MAX_TAIL_BLOCKS = 25


def trailing_reason(block: str) -> str | None:
    """Return what kind of trailing matter the wording of `block` says it is, None where it does not."""
    head = block[:700]
    words = len(head.split())
    if not words:
        return None
    for reason, pattern in _RULES:
        if words <= _MAX_WORDS[reason] and pattern.search(head):
            return reason
    return None


def cut_trailing(blocks: Sequence[str]) -> tuple[int, tuple[Removed, ...]]:
    """Return how many of `blocks` are the article, and what follows them, in order.

    Walks back from the end. Under a heading such as "More from ..." short lines that are no sentences
    are its list. At least one block of 20 words, or the first block, is always kept.
    """
    end = len(blocks)
    reasons: list[str | None] = [None] * end
    limit = max(1, end - MAX_TAIL_BLOCKS)
    pending = 0  # short lines seen since the last sure block: a list whose head is yet to come
    cut = end
    for index in range(end - 1, limit - 1, -1):
        block = blocks[index]
        reason = trailing_reason(block)
        if reason == "author-note" and not _may_be_author_note(block, end - index):
            reason = None
        if reason is None and _is_list_line(block):
            pending += 1
            if pending > 12:
                break
            continue
        if reason is None or (pending and reason not in {"related", "share", "comments", "tags"}):
            break
        reasons[index] = reason
        cut = index
        pending = 0
    while cut < end and not any(len(block.split()) >= 20 for block in blocks[:cut]) and cut < 1:
        cut += 1
    removed = []
    last = "related"
    for index in range(cut, end):
        last = reasons[index] or last
        removed.append(
            Removed(reasons[index] or ("related" if _is_list_line(blocks[index]) else last), blocks[index])
        )
    return cut, tuple(removed)


def body_end(text: str) -> int:
    """Return the offset in `text` where its trailing matter begins; its length where it has none."""
    lines = text.split("\n")
    starts: list[int] = []
    position = 0
    for line in lines:
        starts.append(position)
        position += len(line) + 1
    filled = [i for i, line in enumerate(lines) if line.strip()]
    kept, removed = cut_trailing([lines[i].strip() for i in filled])
    if not removed or not kept:
        return len(text)
    last = filled[kept - 1]
    return starts[last] + len(lines[last].rstrip())


def _is_list_line(block: str) -> bool:
    words = len(block.split())
    return words <= 25 and (
        bool(_LIST_ITEM.match(block)) or (words <= 14 and not _SENTENCE_END.search(block))
    )


def _may_be_author_note(block: str, from_end: int) -> bool:
    """A note on the author stands among the last blocks and speaks in the present of one person."""
    return from_end <= 12 and '"' not in block and "“" not in block and "«" not in block[:40]
