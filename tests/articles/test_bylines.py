"""Author lines in many languages, and where on a page they are looked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.articles.bylines import Signed, credited, people, read_byline, says_by
from monitor.articles.extract import extract
from monitor.articles.metadata import read_metadata
from monitor.articles.page import parse_page
from monitor.model import Document


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Ann Lee, AP Auto Writer", ["Ann Lee"]),
        ("By ANN LEE Associated Press", ["Ann Lee"]),
        ("Ann Lee, MD, PhD", ["Ann Lee"]),
        ("Ann Lee Ann Lee", ["Ann Lee"]),  # beside the name of her picture
        ("Ann Lee News Agencies", ["Ann Lee"]),
        ("By Ann Lee in Moscow and Bo Ray in Kyiv", ["Ann Lee", "Bo Ray"]),
        ("by Ann Lee on Monday, November 18th, 2019 at 11:08 a.m.", ["Ann Lee"]),
        ("Written by Ann Lee | Photographs by Bo Ray", ["Ann Lee"]),
        ("Ann Lee Illustration by Bo Ray", ["Ann Lee"]),
        ("Meg LeeStaff Writer", ["Meg Lee"]),
        ("Ann Lee@annlee Dec 6, 2026, 4:08pm EST", ["Ann Lee"]),
        ("Ann Lee 2026-03-04T22:05:36Z Space", ["Ann Lee"]),
        ("Sammy Ray, Jr., Reuters", ["Sammy Ray, Jr."]),
        ("By John Smith Jr.", ["John Smith Jr."]),
        ("Political editor Ann Lee", ["Ann Lee"]),
        ("Корреспондент Иван Петров", ["Иван Петров"]),
        ("来源：新华社 记者：张伟", ["张伟"]),
        ("记者 张伟 北京报道", ["张伟"]),
        ("By Ann Lee, Foreign Affairs Editor", ["Ann Lee"]),
        ("By ANN LEE AND BO RAY", ["Ann Lee", "Bo Ray"]),
        ("This article was written by Ann Lee", ["Ann Lee"]),
        ("An essay by Ann Lee", ["Ann Lee"]),
        ("Submitted by Ann Lee on Mon, 03/04/2026 - 12:00", ["Ann Lee"]),
        ("Ann Lee, Senior Fellow, Carnegie Endowment", ["Ann Lee"]),
        ("Ann Lee Steppe Post", ["Ann Lee"]),
        ("Lee, Ann; Ray, Bo", ["Ann Lee", "Bo Ray"]),
        ("Nguyễn Văn An", ["Nguyễn Văn An"]),
        ("Von unserem Korrespondenten Max Roth", ["Max Roth"]),
        ("Aus Kiew berichtet Max Roth", ["Max Roth"]),
        ("De notre correspondant Luc Blanc", ["Luc Blanc"]),
        ("Scris de Ana Popescu", ["Ana Popescu"]),
        ("de Ana Popescu", ["Ana Popescu"]),
        ("Av Anna Lind", ["Anna Lind"]),
        ("Írta: Nagy Anna", ["Nagy Anna"]),
        ("Opracowanie: Jan Kowalski", ["Jan Kowalski"]),
        ("Пише: Ана Петровић", ["Ана Петровић"]),
        ("Беседу вела Анна Иванова", ["Анна Иванова"]),
        ("Автор статьи Иван Петров", ["Иван Петров"]),
        ("Иван Петров специально для Eurasianet", ["Иван Петров"]),
        ("доктор исторических наук Иван Петров", ["Иван Петров"]),
        ("Матеріал підготувала Олена Коваль", ["Олена Коваль"]),
        ("Аўтарка: Вольга Каваль", ["Вольга Каваль"]),
        ("Гутарыла Вольга Каваль", ["Вольга Каваль"]),
        ("Дайындаған: Айгүл Серікова", ["Айгүл Серікова"]),
        ("Даярдаган: Бакыт Асанов", ["Бакыт Асанов"]),
        ("Муаллиф: Фаррух Ҳасанов", ["Фаррух Ҳасанов"]),
        ("Muallif — Sherali Rizo", ["Sherali Rizo"]),
        ("Awtor: Merdan Orazow", ["Merdan Orazow"]),
        ("ავტორები: ნინო ბერიძე, გიორგი კაპანაძე", ["ნინო ბერიძე", "გიორგი კაპანაძე"]),
        ("Ein Gastbeitrag von Anna Schmidt", ["Anna Schmidt"]),
        ("Ein Interview von Max Roth mit Anna Schmidt", ["Max Roth"]),
        ("Von Max Müller und Anna von der Leyen, Berlin", ["Max Müller", "Anna von der Leyen"]),
        ("Par Chloé Martin avec AFP", ["Chloé Martin"]),
        ("Por Juan Pérez y Ana Gómez", ["Juan Pérez", "Ana Gómez"]),
        ("di Mario Rossi", ["Mario Rossi"]),
        ("Jan Kowalski, PAP", ["Jan Kowalski"]),
        ("oprac. Anna Nowak", ["Anna Nowak"]),
        ("Текст: Лида Буслаева", ["Лида Буслаева"]),
        ("Иван ПЕТРОВ, специально для «Степи»", ["Иван Петров"]),
        ("Иванов И.И.", ["Иванов И.И."]),
        ("Беседовала Анна Иванова", ["Анна Иванова"]),
        ("Підготувала Олена Коваль", ["Олена Коваль"]),
        ("Олена Коваль, оглядачка", ["Олена Коваль"]),
        ("Мақала авторы: Айгүл Серікова", ["Айгүл Серікова"]),
        ("Müəllif: Leyla Əliyeva", ["Leyla Əliyeva"]),
        ("ავტორი: ნინო ბერიძე", ["ნინო ბერიძე"]),
        ("Γράφει η Μαρία Γεωργίου", ["Μαρία Γεωργίου"]),
        ("بقلم محمد علي", ["محمد علي"]),
        ("著者 山田太郎 イラスト 汐街コナ", ["山田太郎"]),
        ("文｜谢若含", ["谢若含"]),
        ("（记者 张三）", ["张三"]),
        ("홍길동 기자", ["홍길동"]),
    ],
)
def test_a_line_gives_the_people_who_wrote(line: str, expected: list[str]) -> None:
    assert list(people([line], "Steppe Post")) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "(Reporting by Ann Lee in Almaty and Bo Ray; Writing by Cy Poe; Editing by Dan Dee)",
            "Ann Lee, Bo Ray, Cy Poe",
        ),
        ("He declined to comment. (Reporting by Ann Lee; Editing by Dan Dee)", "Ann Lee"),
        ("Reporting and writing by Ann Lee", "Ann Lee"),
        ("(Reporting by Ann Lee, with reporting by Bo Ray, editing by Dan Dee.)", "Ann Lee"),
        ("Additional reporting by Bo Ray; editing by Dan Dee", ""),
        ("Editing by Dan Dee", ""),
        ("The reporting by Ann Lee won a prize.", ""),
    ],
)
def test_an_agencys_credit_names_its_reporters(line: str, expected: str) -> None:
    assert ", ".join(credited(line)) == expected


def test_reporters_of_the_credit_sign_where_nobody_else_does() -> None:
    said = "The president said on Monday that talks would go on until all sides had agreed."
    credit = "(Reporting by Ann Lee; Editing by Dan Dee)"
    for byline, expected in (("By Bo Ray", ("Bo Ray",)), ("June 3, 2026", ("Ann Lee",))):
        page = parse_page(f"<h1>Talks go on</h1><p>{byline}</p>" + f"<p>{said}</p>" * 3 + f"<p>{credit}</p>")
        assert read_metadata(page, None).byline == expected
    text = "\n".join([said] * 6 + [credit])
    assert extract(Document("1", text=text))[0].byline == ("Ann Lee",)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Reuters", Signed(agencies=("Reuters",))),
        ("Автор: ТАСС", Signed(agencies=("ТАСС",))),
        ("Daily Mail Reporter", Signed(bodies=("Daily Mail Reporter",))),
        ("by European Space Agency", Signed(bodies=("European Space Agency",))),
        ("Редакция", Signed(bodies=("Редакция",))),
        ("Reported by annlee", Signed(accounts=("annlee",))),
        ("BDigital Web Solutions", Signed(bodies=("BDigital Web Solutions",))),
        ("Washington, Reuters", Signed(accounts=("Washington",), agencies=("Reuters",))),
    ],
)
def test_agencies_desks_and_accounts_are_no_people(line: str, expected: Signed) -> None:
    assert read_byline([line]) == expected


@pytest.mark.parametrize(
    "line",
    [
        "Name *", "By", "Author", "Alle Artikel", "Follow us", "rizospastis.gr", "Photo by Ann Lee",
        "Фото: Анна Иванова", "责任编辑：孔德明", "Updated", "Move Comment", "A Mysterious Woman",
        "By submitting your information, you agree to our Terms", "Zuletzt geändert am: 15.10.2021",
        "Steppe Post",
    ],
)  # fmt: skip
def test_what_forms_templates_and_buttons_say_is_nobody(line: str) -> None:
    assert not read_byline([line], "Steppe Post").people


def test_bylines_begin_with_by() -> None:
    assert all(
        map(
            says_by,
            ["By Ann Lee", "Von Ann Lee", "Автор: Анна Ли", "文：山田太郎", "Par Ann Lee", "홍길동 기자"],
        )
    )
    assert not any(map(says_by, ["Bygone days", "Parliament votes", "By", "Вонь", "Ann Lee"]))


@given(st.text(max_size=200))
def test_reading_a_line_never_fails(line: str) -> None:
    signed = read_byline([line], "Steppe Post")
    assert all(name.strip() == name and len(name) > 1 for name in signed.people)


HEADLINE = "<h1>The bridge that nobody wanted</h1>"
TEASER = '<div class="teaser"><a href="/2"><h3>Another</h3></a><span class="author">Bo Ray</span></div>'
FORM = '<form id="commentform"><p class="comment-form-author"><label for="author">Name *</label></p></form>'
COMMENT = '<ol><li class="comment"><b class="author">Tom Gray</b> sagt: no.</li></ol>'
PERSON = '{"@type": "NewsArticle", "headline": "The bridge", "author": [%s]}'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # Of several marked elements the one near the headline is the article's.
        (f'{TEASER}<article>{HEADLINE}<p class="author">Ann Lee</p></article>{COMMENT}{FORM}', ["Ann Lee"]),
        (f"<article>{HEADLINE}</article>{COMMENT}{FORM}", []),
        # Each author in an element of his own, or one linked and one not.
        (f'{HEADLINE}<p><a rel="author" href="/a">Ann Lee</a> <a rel="author" href="/b">Bo Ray</a></p>',
         ["Ann Lee", "Bo Ray"]),
        (f'{HEADLINE}<p class="byline">By <a href="/author/ann">Ann Lee</a> and Bo Ray</p>',
         ["Ann Lee", "Bo Ray"]),
        # A link to /people/ is a person only where its address says the name.
        (f'{HEADLINE}<a href="/people/ann-lee">Ann Lee</a>', ["Ann Lee"]),
        (f'{HEADLINE}<a href="/people/royals">Royal Family</a>', []),
        # The page credits an agency: names further away are not the author's.
        (f"{HEADLINE}<p>By Reuters</p>{TEASER}", []),
        # An account is sure where its link leads to it, or a hidden mark names it.
        (f'{HEADLINE}<div class="username"><a href="/u/Spark">Spark</a></div>', ["Spark"]),
        (f'{HEADLINE}<div class="username">Spark</div>', []),
        (f'{HEADLINE}<span itemprop="author"><meta itemprop="name" content="Spark"></span>', ["Spark"]),
        # A star's tag page is no author.
        (f'{HEADLINE}<a href="/people/prince/">Prince</a>', []),
        # A name alone beside the date.
        (f"{HEADLINE}<div>Иван Петров</div><div>4 марта 2026</div><p>{'Мост открыли. ' * 30}</p>",
         ["Иван Петров"]),
        (f"{HEADLINE}<div>Местные новости</div><div>4 марта 2026</div><p>{'Мост открыли. ' * 30}</p>", []),
        # What says that it is a byline stands on a line of its own.
        (f"{HEADLINE}<div>By</div><div>Ann Lee</div>", ["Ann Lee"]),
        (f"{HEADLINE}<dl><dt>Автор:</dt><dd>Анна Иванова</dd></dl>", ["Анна Иванова"]),
        (f"{HEADLINE}<div>By</div><div>Tuesday night</div>", []),
        # Each author on a line of his own, roles too; an illustrator is none.
        (f'{HEADLINE}<ul class="authors"><li>Ann Lee</li><li>Bo Ray</li></ul>', ["Ann Lee", "Bo Ray"]),
        (f'{HEADLINE}<div class="author"><p>Ann Lee</p><p>Foreign Affairs Editor</p></div>', ["Ann Lee"]),
        (f'{HEADLINE}<div class="author"><p>Ann Lee</p><p>Illustration</p><p>Bo Ray</p></div>', ["Ann Lee"]),
        (f'{HEADLINE}<b itemprop="author">Ann Lee</b> <b itemprop="author">Bo Ray</b>',
         ["Ann Lee", "Bo Ray"]),
        # Elements of systems that nobody has a list of; who made a picture or the site signs nothing.
        (f'<meta name="mediator_author" content="Ann Lee">{HEADLINE}', ["Ann Lee"]),
        (f'<meta name="photo:author" content="Ann Lee"><meta name="web_author" content="Bo Ray">{HEADLINE}',
         []),
        (f'{HEADLINE}<a href="/correspondents/ann-lee">Ann Lee</a>', ["Ann Lee"]),
        (f'{HEADLINE}<a href="/team/handball">Ann Lee</a>', []),
        # Pages drawn by scripts name the author in their data.
        (f'{HEADLINE}<script>window.data = {{"authorName": "Ann Lee", "page": 1}}</script>', ["Ann Lee"]),
        (f'{HEADLINE}<script>window.data = {{"authors": ["Ann Lee", "Bo Ray"]}}</script>',
         ["Ann Lee", "Bo Ray"]),
        (f'{HEADLINE}<script>data = {{"author": {{"id": 1, "name": "Ann Lee"}}}}</script>', ["Ann Lee"]),
    ],
)  # fmt: skip
def test_where_on_the_page_the_author_stands(body: str, expected: list[str]) -> None:
    page = parse_page(
        f"<html><head><title>The bridge that nobody wanted</title></head><body>{body}</body></html>"
    )
    assert list(read_metadata(page, "https://gazette.example/bridge").byline) == expected


ARTICLE = '{"@type": "NewsArticle", "headline": "The bridge", "author": %s}'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (ARTICLE % '{"@type": "Person", "givenName": "Ann", "familyName": "Lee"}', "Ann Lee"),
        (ARTICLE % '{"@type": "Person", "name": "Conor O&#039;Brien"}', "Conor O'Brien"),
        ("<!-- " + ARTICLE % '"Ann Lee"' + " -->", "Ann Lee"),
        ("//<![CDATA[\n" + ARTICLE % '"Ann Lee"' + "\n//]]>", "Ann Lee"),
        (ARTICLE % '["Ann Lee",]', "Ann Lee"),
        ("{" * 200_000, ""),
    ],
)
def test_structured_data_are_read_with_their_commonest_faults(source: str, expected: str) -> None:
    page = parse_page(f'<script type="application/ld+json">{source}</script>{HEADLINE}')
    assert ", ".join(read_metadata(page, None).byline) == expected


@pytest.mark.parametrize(
    ("told", "shown", "expected"),
    [
        (["Ann Lee"], "By Ann Lee and Bo Ray", ["Ann Lee", "Bo Ray"]),  # the page says more
        (["Ann Lee", "Bo Ray"], "By Ann Lee", ["Ann Lee", "Bo Ray"]),  # the head says more
        (["Ed Itor"], "By Ann Lee", ["Ann Lee"]),  # they differ: readers are right
        (["Ann Lee"], "By submitting this form you agree", ["Ann Lee"]),
    ],
)
def test_the_head_is_weighed_against_the_page(told: list[str], shown: str, expected: list[str]) -> None:
    authors = ", ".join(f'{{"@type": "Person", "name": "{name}"}}' for name in told)
    page = parse_page(
        f'<script type="application/ld+json">{PERSON % authors}</script>'
        f'{HEADLINE}<p class="byline">{shown}</p>'
    )
    assert list(read_metadata(page, None).byline) == expected


def test_a_firm_named_in_the_head_signs_nothing_and_a_desk_does() -> None:
    def byline(author: str) -> tuple[str, ...]:
        page = parse_page(f'<meta name="author" content="{author}">{HEADLINE}<p>Text.</p>')
        return read_metadata(page, None).byline

    assert byline("BDigital Web Solutions") == byline("rizospastis.gr") == ()
    assert byline("Steppe Post Staff") == ("Steppe Post Staff",)


REPORT = """The talks took place in Astana on Monday and ended without a result, the ministry wrote.
The sides agreed to meet again in a month, as Bo Ray had foreseen.
Observers expect little of it.
"""


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("Ann Lee is a fellow at the Carnegie Endowment.", ("Ann Lee",)),
        ("Chloé Martin est professeure de droit international et autrice de livres.", ("Chloé Martin",)),
        ("Αννα Λη είναι καθηγήτρια διεθνών σχέσεων στο Πανεπιστήμιο Αθηνών.", ("Αννα Λη",)),
        ("Ann Lee, director of the institute, said the talks would go on.", ()),
        ("Ann Lee, a journalist from Minsk, walked free on Thursday.", ()),
        ("Bo Ray is a professor at the university of Almaty.", ()),  # the text speaks of him
        ("Анна Ли, журналистка из Минска, вышла на свободу в четверг.", ()),
    ],
)
def test_a_note_behind_a_text_names_its_author(last: str, expected: tuple[str, ...]) -> None:
    article, _ = extract(Document("1", text=REPORT + last))
    assert article.byline == expected


def test_thousands_of_marked_elements_cost_little() -> None:
    nested = '<div class="author byline">' * 1500 + "Ann Lee" + "</div>" * 1500
    flat = '<span class="author">Ann Lee writes about bridges</span>' * 20_000
    for body in (nested, flat):
        read_metadata(parse_page(f"<html><body>{HEADLINE}{body}</body></html>"), None)
