"""Copies, stories, site memory: what must be found, and what must never be eaten."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.articles.boilerplate import (
    block_hash,
    block_hashes,
    cut_furniture,
    furniture,
    furniture_of,
    site_of,
)
from monitor.articles.duplicates import bands, exact_hash, is_copy, minhash, similarity
from monitor.articles.related import KEYS, gist, is_related, keys_of, profile, relatedness
from monitor.articles.stories import StoryIndex
from monitor.model import Profile
from monitor.text import fold_lines


def text(seed: int, sentences: int = 20) -> str:
    return " ".join(
        f"Report {seed} line {n * seed} tells of matter {seed + n} in town {n}x{seed}."
        for n in range(sentences)
    )


def test_exact_hash_is_blind_to_form_and_not_to_words() -> None:
    assert exact_hash("Всё  хорошо — “да”.") == exact_hash("все хорошо, да")
    assert exact_hash("one two") != exact_hash("two one")


def test_a_reprint_with_small_changes_is_a_copy_and_a_stranger_is_not() -> None:
    first, other = text(3), text(11)
    reprint = first.replace("line 30 ", "row thirty ") + " (Reuters)"
    assert is_copy(minhash(first), minhash(reprint))
    assert set(bands(minhash(first))) & set(bands(minhash(reprint)))
    assert similarity(minhash(first), minhash(other)) < 0.2
    assert minhash("too short to say") == ()
    assert similarity((), ()) == 0.0


def test_a_cut_or_framed_reprint_is_a_copy() -> None:
    whole = text(3, 30)
    sentences = whole.split(". ")
    cut = ". ".join(sentences[:21]) + "."
    framed = "The Steppe Post brings a report of its partner in Astana, with a note on prices. " + whole
    for other in (cut, framed):
        assert is_copy(minhash(whole), minhash(other))


def test_a_follow_up_with_the_background_of_the_day_before_is_no_copy() -> None:
    monday = " ".join(f"On Monday clinic {n} refused to pay its patients for implant {n}." for n in range(12))
    tuesday = " ".join(
        f"Six years ago chairman {n} wrote these very rules, paper {n} shows." for n in range(12)
    )
    background = text(7, 40)
    first, second = minhash(monday + background), minhash(tuesday + background)
    assert similarity(first, second) > 0.55
    assert not is_copy(first, second)
    assert is_copy(first, minhash(monday + text(7, 34)))


def test_a_copy_that_begins_otherwise_must_have_more_else_in_common() -> None:
    whole = text(3, 40)
    lead = text(11, 6) + " "
    assert is_copy(minhash(whole), minhash(lead + whole))
    half = minhash(lead + ". ".join(whole.split(". ")[:28]))
    assert 0.55 < similarity(minhash(whole), half) < 0.7
    assert not is_copy(minhash(whole), half)


DAILY = """Air defence shot down {} of {} drones overnight, the air force said on its channel. The drones
came from the east and were stopped over the regions of Poltava, Sumy, Chernihiv, Kyiv and Cherkasy, where
mobile groups, aviation and units of electronic warfare were at work until morning. Debris fell in {} places.
No one was hurt, the regional administrations added, and power was restored to {} homes by noon. The command
asked people not to publish pictures of the work of air defence and to heed the alarms in the coming night."""


def test_the_report_of_another_day_is_no_copy() -> None:
    monday, tuesday = (minhash(DAILY.format(*figures)) for figures in ((35, 60, 4, 700), (81, 112, 9, 1300)))
    assert similarity(monday, tuesday) > 0.55
    assert not is_copy(monday, tuesday)
    assert is_copy(monday, minhash(DAILY.format(35, 60, 4, 700) + " Agencies contributed to this report."))


def test_prints_stored_without_their_parts_are_compared_as_a_whole() -> None:
    old, new = minhash(text(3))[:128], minhash(text(3) + " Added.")
    assert is_copy(old, new)
    assert bands(old) == bands(minhash(text(3)))


@given(st.text(max_size=400))
def test_prints_never_fail_and_are_stable(value: str) -> None:
    assert minhash(value) == minhash(value)
    assert all(-(2**63) <= key < 2**63 for key in bands(minhash(value)))


def test_stories_name_the_first_copy_even_through_a_chain() -> None:
    index = StoryIndex()
    versions = {"a": text(5), "b": text(5) + " Added.", "c": text(5) + " Added. More.", "d": text(8)}
    found = [index.add(k, exact_hash(v), minhash(v)) for k, v in versions.items()]
    assert found == ["a", "a", "a", "d"]
    assert [index.add(k, exact_hash(""), ()) for k in "ef"] == ["e", "f"]


def pages(blocks: list[list[str]]) -> list[tuple[str, tuple[str, ...]]]:
    return [(str(i), block_hashes(fold_lines(page))) for i, page in enumerate(blocks)]


def test_what_different_articles_carry_is_furniture() -> None:
    notice = "Read us on your telephone every morning"
    known = furniture(pages([[notice, f"{text(n)} Signed."] for n in (2, 3, 4)]))
    assert {key.strip("=") for key in known} == {block_hash(notice)}
    assert block_hash("12 comments") == block_hash("7 comments")


def test_a_reprint_or_a_new_version_never_makes_its_paragraphs_furniture() -> None:
    hashes = block_hashes(fold_lines([text(2), "A quoted line that all its versions carry."]))
    assert furniture([("one story", hashes)] * 9) == frozenset()


def test_a_paragraph_of_background_is_kept_until_many_articles_carry_it() -> None:
    background = text(7, 4)
    assert len(background.split()) >= 25
    assert block_hash(background) not in furniture(pages([[background, text(n)] for n in range(20, 24)]))
    assert block_hash(background) in furniture(pages([[background, text(n)] for n in range(20, 25)]))


def test_two_pages_of_a_site_are_too_few_to_learn_from() -> None:
    assert furniture(pages([["Same line", text(2)], ["Same line", text(3)]])) == frozenset()


def test_sites_are_hosts() -> None:
    assert site_of("https://www.steppe.example/a") == site_of("http://steppe.example/b") == "steppe.example"
    assert site_of("http://[bad") is None
    assert site_of(None) is None


def test_related_needs_shared_names_and_words() -> None:
    frequency = dict.fromkeys(("rescu", "said", "that", "and"), 40)
    quake, same, other = (
        profile(gist(title, said), frequency, 50)
        for title, said in (
            (
                "Quake in Naryn",
                "A quake hit Naryn and Kochkor. Rescuer Azamat Osmonov said that bridges fell.",
            ),
            ("Quake in Naryn", "Bridges fell in Naryn and Kochkor in a quake, said rescuer Azamat Osmonov."),
            ("Grain law", "A grain law passed in Astana. Rescuer Azamat Osmonov said nothing in Kochkor."),
        )
    )
    assert is_related(relatedness(quake, same))
    assert not is_related(relatedness(quake, other))
    assert not is_related(relatedness(quake, profile(gist("", ""), frequency, 50)))


def test_related_keeps_to_the_window_the_language_and_the_country() -> None:
    def report(day: int, language: str = "en", country: str = "KG") -> Profile:
        text = "A quake hit Naryn and Kochkor. Rescuer Azamat Osmonov said that bridges fell."
        moment = datetime(2026, 3, day, tzinfo=UTC)
        told = gist("Quake in Naryn", text, countries=[country], published=moment, language=language)
        return profile(told, {}, 50)

    assert is_related(relatedness(report(4), report(5)))
    for other in (report(9), report(4, language="de"), report(4, country="KZ")):
        assert relatedness(report(4), other) == 0.0


def test_keys_are_rare_words_and_names_come_first() -> None:
    frequency = {"said": 900, "naryn": 10, "minis": 11}
    told = gist("Quake in Naryn", "The bridges fell, Azamat Osmonov of the ministry said. Bridges, bridges.")
    keys = keys_of(profile(told, frequency, 1000), frequency, 1000)
    assert set(keys[:3]) == {"naryn", "azama", "osmon"}
    assert "bridg" in keys and not {"said", "minis"} & set(keys)
    assert len(keys_of(profile(gist("", text(3, 90)), {}, 50), {}, 50)) == KEYS


@given(st.text(max_size=300), st.text(max_size=300), st.dictionaries(st.text(max_size=5), st.integers(0, 99)))
def test_relatedness_is_a_share(first: str, second: str, frequency: dict[str, int]) -> None:
    a, b = (profile(gist(value, value), frequency, 50) for value in (first, second))
    assert 0.0 <= relatedness(a, b) <= 1.0
    assert relatedness(a, b) == pytest.approx(relatedness(b, a))


def test_a_daily_report_with_other_figures_is_no_furniture() -> None:
    days = [[f"The dollar rose by {n} tenge to {n + 480} tenge at the exchange in Almaty."] for n in range(9)]
    assert furniture(pages(days)) == frozenset()


QUOTE = "“We will not send a single soldier across the river,” the president said in March."
BACKGROUND = "Kazakhstan belongs to the alliance together with Russia, Belarus, Armenia and Kyrgyzstan."
STATEMENT = "Представители министерства не ответили на просьбу газеты о комментарии."
NOTICE = "Every morning the editors choose ten stories of the steppe for you."


@pytest.mark.parametrize(("line", "share"), [(QUOTE, 0.9), (STATEMENT, 0.9), (BACKGROUND, 0.5)])
def test_a_real_sentence_that_recurs_is_never_cut(line: str, share: float) -> None:
    articles = [[text(n), line] if n < 20 * share + 2 else [text(n)] for n in range(2, 22)]
    known = furniture(pages([[NOTICE, "Home", *page] for page in articles]))
    kept, cut = cut_furniture(["Home", text(30), line, NOTICE], known)
    assert (kept, cut) == ([text(30), line], ["Home", NOTICE])


def test_the_cells_of_a_table_are_no_furniture() -> None:
    polls = [[text(n), f"{n}%", f"+{n + 7}", "2026", "Undecided"] for n in range(10, 20)]
    known = furniture(pages(polls))
    assert cut_furniture([text(30), "18%", "+3", "2026", "Undecided"], known)[1] == ["Undecided"]


def test_furniture_never_takes_most_of_an_article() -> None:
    lines = ["Share this story", text(3, 3), text(5, 3)]
    known = furniture_of({block_hash(line): 9 for line in lines[:2]})
    assert cut_furniture(lines, frozenset({block_hash(lines[0])})) == (lines[1:], lines[:1])
    assert cut_furniture([*lines[:2], "Only this is new."], known) == (
        [lines[1], "Only this is new."],
        lines[:1],
    )
