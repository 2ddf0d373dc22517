# ruff: noqa: E501 - a line of the tables is a line of a page
"""What trails an article goes, with its reason; a last sentence stays, whatever it mentions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.articles.trailing import body_end, cut_trailing
from monitor.articles.wordlists import word_table
from monitor.model import Removed

EN = (
    "The parliament in Astana debated the grain law for three hours and sent it back to its committee on"
    " Monday, with many members absent."
)
RU = (
    "Парламент в Астане три часа обсуждал закон о зерне и в понедельник вернул его в комитет, при этом многие"
    " депутаты отсутствовали в зале."
)
UK = (
    "Парламент в Астані три години обговорював закон про зерно і в понеділок повернув його до комітету,"
    " причому багато депутатів були відсутні."
)

# One line each: the reason, then what it is the reason for.
CUT = """
disclaimer: The views expressed in this article are the author's own and do not necessarily reflect Al Jazeera's editorial policy.
disclaimer: The opinions expressed here are those of the author and not of the Carnegie Endowment.
disclaimer: Views are personal.
disclaimer: The opinions expressed in this article are solely those of the author and may not reflect the views of Eurasianet.
disclaimer: This is an opinion piece. The author's views are his own.
author-note: Temur Umarov is a fellow at the Carnegie Russia Eurasia Center.
author-note: Ms. Chivvis is a senior fellow at the Carnegie Endowment for International Peace.
author-note: Emil Avdaliani is a professor of international relations at the European University in Tbilisi, Georgia.
author-note: About the author: Anna Petrova covers Central Asia.
author-note: — Anna Petrova, Almaty
author-note: Follow Anna Petrova on Twitter: @apetrova
author-note: Bruce Pannier writes about Central Asia for RFE/RL.
author-note: The writer is a former ambassador to Uzbekistan.
author-note: Contact the author at anna@example.org.
agency-note: (Reporting by Olzhas Auyezov; Editing by Toby Chopra)
agency-note: Additional reporting by Tamara Vaal in Astana; Writing by Mark Trevelyan.
agency-note: The Associated Press contributed to this report.
newsletter: Sign up for our weekly newsletter on Central Asia.
newsletter: Subscribe to The Diplomat's newsletter and get the best of Asia in your inbox.
newsletter: Join our Telegram channel for the latest news.
newsletter: Support independent journalism: become a member today.
newsletter: Get the Morning Briefing in your inbox every weekday.
related: More from Opinion:
related: Read more: Kazakhstan turns away from Moscow
related: Related articles
related: SEE ALSO: Armenia freezes its membership
related: Most popular
share: Share this article on Facebook, Twitter or LinkedIn
share: Share on WhatsApp
credit: Photo: Official website of the President of Kazakhstan
credit: Image credit: Getty Images
credit: (Photo by Sergei Karpukhin/AFP via Getty Images)
correction: Correction: An earlier version of this article misstated the year of the treaty.
correction: This article was updated on 5 March to add a comment by the ministry.
correction: This article was first published by the Conversation.
correction: Editor's note: this story has been corrected to show that the vote took place on Monday.
comments: Comments are closed.
comments: 12 comments
comments: Leave a comment
copyright: © 2026 The Steppe Post. All rights reserved.
copyright: Copyright 2026 Associated Press. All rights reserved. This material may not be published, broadcast, rewritten or redistributed.
tags: Tags: Kazakhstan, Russia, CSTO
tags: Topics: Kazakhstan | Russia | CSTO
tags: Filed under: Central Asia
source: Source: Interfax
disclaimer: Мнение редакции может не совпадать с мнением автора.
disclaimer: Мнение автора может не совпадать с позицией редакции.
disclaimer: Мнения, высказанные в рубрике «Блоги», передают взгляды самих авторов и не обязательно отражают позицию редакции.
disclaimer: Точка зрения авторов может не совпадать с позицией редакции.
disclaimer: Редакция не несёт ответственности за содержание блогов.
disclaimer: Настоящий материал выражает личное мнение автора.
disclaimer: НАСТОЯЩИЙ МАТЕРИАЛ (ИНФОРМАЦИЯ) ПРОИЗВЕДЕН, РАСПРОСТРАНЕН И (ИЛИ) НАПРАВЛЕН ИНОСТРАННЫМ АГЕНТОМ.
author-note: Темур Умаров — научный сотрудник Берлинского центра Карнеги.
author-note: Об авторе: Аркадий Дубнов, политолог, эксперт по Центральной Азии.
author-note: Автор — независимый журналист из Алматы.
author-note: Автор: Анна Петрова
author-note: Анна Петрова, специально для «Степного вестника»
author-note: Анна Петрова, корреспондент
author-note: Аркадий Дубнов, политолог
newsletter: Подписывайтесь на наш Telegram-канал, чтобы не пропустить главное.
newsletter: Подпишитесь на рассылку «Медузы».
newsletter: Читайте нас в Telegram, ВКонтакте и Одноклассниках.
newsletter: Больше новостей в нашем Telegram-канале.
newsletter: Следите за нашими новостями в Telegram
newsletter: Поддержите нас — оформите ежемесячное пожертвование.
newsletter: Хотите узнавать новости первыми? Подпишитесь на наш канал.
newsletter: Установите наше приложение, чтобы читать без блокировок.
related: Читайте также: Казахстан отказался признавать самопровозглашённые республики
related: По теме
related: Материалы по теме:
related: Другие новости
related: Ранее сообщалось, что Армения заморозила участие в ОДКБ: подробнее здесь.
share: Поделиться
share: Поделиться в Facebook
share: Нашли опечатку? Выделите её и нажмите Ctrl+Enter
share: Если вы нашли ошибку, пожалуйста, выделите фрагмент текста и нажмите Ctrl+Enter.
share: Версия для печати
credit: Фото: РИА Новости / Сергей Гунеев
credit: Фото Анны Петровой
credit: Фото пресс-службы Акорды
credit: Фото из открытых источников
correction: Исправлено: в первой версии заметки был неверно указан год.
correction: Материал обновлён 5 марта в 12:00.
comments: Комментарии (12)
comments: Оставить комментарий
comments: Комментарии закрыты
copyright: © 2026 Степной вестник. Все права защищены.
copyright: При перепечатке материалов активная ссылка на сайт обязательна.
copyright: Копирование материалов запрещено.
tags: Теги: Казахстан, Россия, ОДКБ
tags: Метки: Казахстан, ОДКБ
source: Источник: Интерфакс
disclaimer: Думка редакції може не збігатися з думкою автора.
disclaimer: Редакція не завжди поділяє погляди авторів.
disclaimer: Колонка є матеріалом, який відображає винятково точку зору автора.
disclaimer: Відповідальність за зміст публікації несе автор.
author-note: Анна Петренко — політологиня, експертка Центру досліджень.
author-note: Про автора: Анна Петренко, журналістка.
newsletter: Підписуйтесь на наш Telegram-канал.
newsletter: Підтримайте нас на Patreon.
newsletter: Приєднуйтесь до нашого каналу у Viber
related: Читайте також: Казахстан відмовився визнавати республіки
related: Новини по темі
related: Дивіться також
share: Поділитися
share: Якщо ви помітили помилку, виділіть необхідний текст і натисніть Ctrl + Enter, щоб повідомити про це редакцію.
credit: Фото: Офіс президента
correction: Оновлено: додано коментар міністерства.
comments: Коментарі (3)
copyright: Передрук матеріалів дозволений лише з посиланням на джерело.
tags: Теги: Казахстан, ОДКБ
source: Джерело: Інтерфакс-Україна
disclaimer: Opinie wyrażone w tekście są opiniami autora i nie muszą odzwierciedlać stanowiska redakcji.
related: Czytaj także: Kazachstan odwraca się od Moskwy
newsletter: Zapisz się do naszego newslettera
author-note: Autor jest analitykiem Ośrodka Studiów Wschodnich.
disclaimer: Die hier geäußerten Meinungen geben nicht notwendigerweise die Auffassung der Redaktion wieder.
related: Lesen Sie auch: Kasachstan wendet sich ab
newsletter: Abonnieren Sie unseren Newsletter
disclaimer: Les opinions exprimées dans cet article n'engagent que leur auteur.
related: Lire aussi : Le Kazakhstan se détourne de Moscou
newsletter: Inscrivez-vous à notre newsletter
disclaimer: Автордың пікірі редакция көзқарасымен сәйкес келмеуі мүмкін.
related: Тағы оқыңыз: Қазақстан бас тартты
newsletter: Біздің Telegram арнамызға жазылыңыз
disclaimer: Автордун пикири редакциянын көз карашына дал келбеши мүмкүн.
disclaimer: Yazıda yer alan görüşler yazara aittir.
related: Ayrıca okuyun: Kazakistan uzaklaşıyor
related: Həmçinin oxuyun: Qazaxıstan imtina etdi
disclaimer: Muallifning fikri tahririyat nuqtai nazariga mos kelmasligi mumkin.
newsletter: Telegram kanalimizga obuna boʻling
disclaimer: Opiniile exprimate în acest articol aparțin autorului.
related: Citește și: Kazahstanul se îndepărtează
disclaimer: რედაქციის მოსაზრება შესაძლოა არ ემთხვეოდეს ავტორის აზრს.
related: წაიკითხეთ ასევე
disclaimer: Խմբագրության կարծիքը կարող է չհամընկնել հեղինակի կարծիքի հետ։
disclaimer: Меркаваньне рэдакцыі можа не супадаць з меркаваньнем аўтара.
related: Чытайце таксама
newsletter: Падпісвайцеся на наш тэлеграм-канал
disclaimer: Οι απόψεις που εκφράζονται στο άρθρο είναι του συντάκτη και δεν απηχούν τις θέσεις της εφημερίδας.
related: Διαβάστε επίσης: Το Καζακστάν απομακρύνεται
disclaimer: Las opiniones expresadas son responsabilidad exclusiva del autor.
related: Lea también: Kazajistán se aleja
copyright: Copyright: Project Syndicate, 2026.
author-note: Anne Smith is a staff writer and the author of “The Last Empire”.
credit: Fot. PR Photos
related: You may also like...
newsletter: For NDTV Updates, follow us on Twitter or join us on Facebook
newsletter: Like this story? Share it with a friend!
author-note: Have a tip? Ann Lee may be reached at ann@example.org.
author-note: ann@example.org
source: По материалам ленты новостей NEWSru.co.il
source: Provided by Washington University School of Medicine
author-note: Arkady Dubnov reports on Central Asia for a Moscow weekly.
author-note: Chloé Martin est professeure de droit international à l'université de Genève et autrice de plusieurs ouvrages.
author-note: María López es investigadora del Instituto Elcano y profesora de relaciones internacionales.
author-note: Giulia Bianchi è ricercatrice all'Istituto di politica internazionale di Milano, dove segue il Caucaso.
author-note: Anna Schmidt ist Professorin für Osteuropäische Geschichte an der Universität Bremen.
author-note: Anna Nowak jest politolożką i wykładowczynią na Uniwersytecie Warszawskim.
author-note: Олена Коваль — політологиня, співробітниця Центру східних студій у Києві.
author-note: Олена Коваль є дослідницею Центру східних студій у Києві та авторкою книжок.
author-note: Алесь Карповіч — гісторык, даследчык Цэнтральнай Азіі.
author-note: Айгүл Серікова — саясаттанушы, Орталық Азия бойынша бірнеше кітаптың авторы.
author-note: Leyla Əliyeva — politoloq, Bakı Dövlət Universitetinin dosenti.
author-note: Ion Popescu este cercetător la Institutul de Studii Regionale din Chișinău.
author-note: Μαρία Γεωργίου είναι καθηγήτρια διεθνών σχέσεων στο Πανεπιστήμιο Αθηνών.
author-note: Jane Doe is a columnist for the Steppe Post.
author-note: Об авторе: Иван Петров — политолог.
disclaimer: Мнение автора может не совпадать с позицией редакции.
disclaimer: Думка автора може не збігатися з позицією редакції.
newsletter: Подпишитесь на наш Telegram-канал
newsletter: Sign up for our daily newsletter
related: Читайте также: Зерно дорожает
credit: Photo: Jane Doe / Steppe Post
correction: Correction: an earlier version misnamed the minister.
share: Share this on Facebook
"""

KEPT = """
The minister said that the newsletter of the ministry would no longer be printed, and that readers should look elsewhere.
Read more carefully, the treaty promises nothing.
The views of the Kremlin do not necessarily reflect those of the governors, he said.
Petrova is a columnist whom the court sentenced on Monday to six years in a colony.
The list of self-inflicted injuries only grows longer.
Share prices fell by a tenth on Monday.
Comments from the ministry were not available on Monday.
“The author of this plan is Moscow,” she said.
Tokayev is the president of a country that remembers.
Sergei Lavrov is the minister who signed it, and he will not forget.
Follow the money and you will find the author of the decree.
Print media are dying.
Copyright law was not on the agenda.
Corrections to the budget will be debated in May.
Source after source in the ministry said the same.
That, too, is a correction.
Support for the president has fallen to a third, a poll found on Monday.
Подписывать договор министр отказался.
Мнение редакции газеты в этом споре никого не интересовало, сказал он.
Читайте больше, говорил он студентам, и пишите меньше, пока вам не исполнится тридцать.
Автор закона — президент, и это все знают.
Источник в правительстве сообщил, что решение ещё не принято.
Комментарии в министерстве давать отказались.
Фото с места взрыва обошли все соцсети.
Сергей Лавров — министр, который подписал этот договор и не забудет о нём.
Поделиться информацией о ходе переговоров дипломаты отказались.
Обновлено будет и здание парламента.
По теме безопасности стороны договориться не смогли.
Тема закрыта.
По материалам дела задержаны трое.
Ранее сообщалось, что Армения заморозила участие в ОДКБ.
Підписувати договір міністр відмовився.
Джерело в уряді повідомило, що рішення ще не ухвалено.
Поділитися деталями переговорів дипломати відмовилися.
Об этом губернатор сообщил в своём Telegram-канале.
Решение принято, написал он в Telegram-канале.
John Smith, a former editor of the paper, declined to comment.
The Canadian Press reports that police have seized the pills.
“Sign up here,” she said, and closed the newsletter.
Иван Петров, директор института, эксперт, сообщил о переговорах журналистам.
Анна Петрова, журналистка из Минска, вышла на свободу в четверг.
Иван Петров — политолог, которого суд приговорил к шести годам.
Олена Коваль — політологиня, яку суд засудив до шести років.
Anna Nowak, dziennikarka z Mińska, wyszła na wolność w czwartek.
Anna Nowak, a journalist from Minsk, walked free on Thursday.
He signed up for the newsletter of the party long before anyone thought that it could win a seat.
Nobody knows what comes next.
“Share the grain,” the minister said, and left.
"""


def _lines(table: str) -> list[str]:
    return [line for line in table.strip().split("\n") if line]


@pytest.mark.parametrize("line", _lines(CUT))
def test_trailing_matter_is_cut_with_its_reason(line: str) -> None:
    reason, _, text = line.partition(": ")
    kept, removed = cut_trailing([EN, RU, UK, text])
    assert (kept, [(block.reason, block.text) for block in removed]) == ([EN, RU, UK], [(reason, text)])
    whole = f"{EN}\n\n{text}\n"
    assert whole[: body_end(whole)] == EN


@pytest.mark.parametrize("line", _lines(KEPT))
def test_a_last_sentence_is_kept(line: str) -> None:
    assert cut_trailing([EN, RU, UK, line]) == ([EN, RU, UK, line], ())


def test_a_note_on_who_signed_needs_no_word_for_what_they_do() -> None:
    authors = ["Anna Petrova"]
    for note in (
        "Anna Petrova is based in Almaty.",
        "Dr. Anna Petrova",
        "Anna Petrova, Almaty",
        "By Anna Petrova",
    ):
        assert cut_trailing([EN, note], authors)[0] == [EN], note
    for sentence in ("Anna Petrova said that she was there.", "Anna Petrovas come and go."):
        assert cut_trailing([EN, sentence], authors)[0] == [EN, sentence], sentence


def test_the_list_under_a_heading_goes_with_it() -> None:
    tail = [
        "Read also:",
        "Why did Armenia freeze its membership?",
        "Kazakhstan turns away",
        "Subscribe to our newsletter",
    ]
    kept, removed = cut_trailing([EN, RU, *tail])
    assert (kept, [block.reason for block in removed]) == (
        [EN, RU],
        ["related", "related", "related", "newsletter"],
    )
    between = [EN, "Read also: Kazakhstan turns away", RU]
    assert cut_trailing(between) == (between, ())


def test_what_readers_write_below_the_article_goes_with_its_heading() -> None:
    comments = [
        "Comments are now closed for this story",
        "Joe",
        "It is junk science, and the editors know it.",
    ]
    assert cut_trailing([EN] * 4 + comments) == (
        [EN] * 4,
        tuple(Removed("comments", line) for line in comments),
    )
    kept, removed = cut_trailing([RU] * 6 + ["Комментарии (2)", "Иван: Депутаты опять ничего не решили."])
    assert (kept, len(removed)) == ([RU] * 6, 2)
    for blocks in (["12 comments", EN, EN], [EN] * 4 + ["Comments on the law", EN]):
        assert cut_trailing(blocks) == (blocks, ())


LAST = "Astana has said it twice this year, and nobody in Moscow seems to have listened to what it said."


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        ("The views expressed are those of the author.", "disclaimer"),
        (
            "The views expressed here are the author's own. They do not necessarily reflect ours.",
            "disclaimer",
        ),
        ("Мнение редакции может не совпадать с мнением автора.", "disclaimer"),
        ("Ivan Petrov is a political scientist. The views expressed are those of the author.", "disclaimer"),
        ("Підписуйтесь на наш Telegram-канал.", "newsletter"),
        ("© 2026 Example Media. All rights reserved.", "copyright"),
    ],
)
def test_what_trails_in_the_same_paragraph_goes_and_the_paragraph_stays(tail: str, reason: str) -> None:
    removed = (Removed(reason, tail),)
    assert cut_trailing([EN, f"{LAST} {tail}"]) == ([EN, LAST], removed)
    assert cut_trailing([f"{LAST} {tail}"]) == ([LAST], removed)
    long = " ".join([LAST] * 12)
    assert cut_trailing([EN, f"{long} {tail}", "Share this article"])[0] == [EN, long]
    text = f"{EN}\n\n  {LAST} {tail}\n"
    assert text[: body_end(text)] == f"{EN}\n\n  {LAST}"


@pytest.mark.parametrize(
    "block",
    [
        f"{LAST} The views of the people are not those of the government, he said.",
        f"The views expressed are those of the author. {LAST}",
        f"{LAST} He asked readers to subscribe to the newspaper.",
    ],
)
def test_a_paragraph_whose_last_sentences_are_its_own_is_kept_whole(block: str) -> None:
    assert cut_trailing([EN, block, LAST])[0] == [EN, block, LAST]
    if not block.startswith("The views"):
        assert cut_trailing([EN, block])[0] == [EN, block]


def test_who_sent_a_press_release_is_no_article() -> None:
    about = ["About Ford Motor Company", "Ford Motor Company is based in Dearborn and makes cars."]
    assert cut_trailing([EN] * 4 + about) == ([EN] * 4, tuple(Removed("about", line) for line in about))
    kept = [EN] * 4 + ["About the deal", "Nobody knows who signed it, the ministry said."]
    assert cut_trailing(kept) == (kept, ())


def test_the_first_block_is_always_kept() -> None:
    assert cut_trailing(["Sign up for our newsletter today"])[0] == ["Sign up for our newsletter today"]
    assert cut_trailing(["Comments are closed.", "Share"])[0] == ["Comments are closed."]
    assert cut_trailing([]) == ([], ())


def test_in_a_text_the_end_of_the_body_is_told() -> None:
    text = f"{EN}\r\n\n {RU}  \n\nTags: Kazakhstan\n© 2026 The Steppe Post\n"
    assert text[: body_end(text)].endswith(RU)
    assert body_end(EN) == len(EN)


@pytest.mark.parametrize("name", ["boxes", "trailing"])
def test_wording_has_no_capital_that_lower_case_text_could_not_meet(name: str) -> None:
    for patterns in word_table(name).values():
        for pattern in patterns:
            plain = re.sub(r"\\.|\{[\w-]+\}", "", pattern)
            assert "(?-i:" in pattern or plain == plain.lower(), pattern


@given(st.lists(st.text(max_size=60), max_size=12))
def test_the_cut_loses_nothing(lines: list[str]) -> None:
    blocks = [line for line in lines if line.strip()]
    kept, removed = cut_trailing(blocks)
    left = " ".join([*kept, *(block.text for block in removed)])
    assert "".join(left.split()) == "".join(" ".join(blocks).split())
    text = "\n".join(lines)
    assert 0 <= body_end(text) <= len(text)
