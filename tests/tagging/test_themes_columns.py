"""Whole columns, with all that tagging says of them: countries, themes, ties and attitudes."""

import pytest

from monitor.model import Tagging
from monitor.tagging.tagger import Tagger

ENGLISH = """\
The guests arrived late and left early. At the anniversary summit of the Collective Security Treaty
Organization in October, Kyrgyzstan's president did not stay for the photograph, and Armenia sent a
deputy minister.

It was not always so. For twenty years the CSTO was where Russia's neighbours queued to be seen. Its
peacekeepers flew to Kazakhstan in a single night. Now the alliance cannot agree on a date for its
drills.

The reason is the war in Ukraine, and what the war does at home. The partial mobilization sent hundreds
of thousands of men across the steppe. They rent flats, open cafes and do not go back. Recruiters wait
for Tajik builders outside the migration office and offer them a passport for a contract with the army.

Tokayev, who owes Moscow much, refused to recognise the annexation of Crimea and said so on its own
stage. Yerevan accused Russia of breaking its word. Only Belarus still backs Moscow, and it charges for
the favour.

None of this is a divorce. The pipelines run north, and so do the remittances. But an ally who has to be
asked twice is no longer an ally. The Kremlin might begin by listening.
"""

RUSSIAN = """\
Гости приехали поздно и уехали рано. На юбилейном саммите ОДКБ президент Кыргызстана не остался на общую
фотографию.

Так было не всегда. Двадцать лет в организации договора о коллективной безопасности видели защиту.
Миротворцы за одну ночь прилетали в Казахстан. Теперь союзники не могут договориться о сроках учений.

Причина - война в Украине и то, что она делает дома. После частичной мобилизации сотни тысяч мужчин
пересекли границу. Военкоматы рассылают повестки, а вербовщики ждут мигрантов у ворот общежитий.

Власти Казахстана отказались признать самопровозглашенные республики. Армения обвинила Россию в
нарушении обещаний. Только Беларусь поддержала Москву на голосовании в ООН.

Это еще не развод. Трубопроводы идут на север, туда же едут за работой. Но дипломатия помнит, кого
пришлось просить дважды.
"""


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


def flowing(text: str) -> str:
    return "\n".join(paragraph.replace("\n", " ") for paragraph in text.split("\n\n"))


def about(tagging: Tagging) -> set[str]:
    return {tag.key for tag in (*tagging.countries, *tagging.themes) if tag.role == "about"}


def found(tagging: Tagging) -> set[str]:
    return {tag.key for tag in (*tagging.countries, *tagging.themes)}


def stances(tagging: Tagging) -> set[tuple[str, str, int]]:
    return {(attitude.source, attitude.target, attitude.stance) for attitude in tagging.attitudes}


def test_a_column_in_english(tagger: Tagger) -> None:
    text = flowing(ENGLISH)
    told = tagger.tag(text, title="The empty chairs of an alliance", language="en")
    assert {"RU", "csto"} <= about(told)
    assert {"KZ", "KG", "AM", "BY", "UA", "TJ", "ukraine-war", "migration", "energy", "diplomacy"} <= found(
        told
    )
    assert "elections" not in found(told)
    assert {("KZ", "RU", -1), ("AM", "RU", -1), ("BY", "RU", 1)} <= stances(told)
    ties = {(joint.country, joint.theme): joint for joint in told.joints}
    assert ties["UA", "ukraine-war"].same_sentence
    assert ties["UA", "ukraine-war"].words == 0
    assert not ties["BY", "migration"].same_sentence
    assert all(tag.evidence[0].sentence in text for tag in told.themes)


def test_a_column_in_russian(tagger: Tagger) -> None:
    text = flowing(RUSSIAN)
    told = tagger.tag(text, title="Пустые стулья союза", language="ru")
    assert {"csto", "mobilization"} <= about(told)
    assert {"RU", "KZ", "KG", "AM", "BY", "UA", "ukraine-war", "migration", "diplomacy"} <= found(told)
    assert {("KZ", "RU", -1), ("AM", "RU", -1), ("BY", "RU", 1)} <= stances(told)
    assert not {("KZ", "RU", 1), ("AM", "RU", 1), ("BY", "RU", -1)} & stances(told)
