"""Dates as feeds write them, in the languages and zones of the beat."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.feeds.dates import read_date

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 23 Nov 2026 12:00:00 GMT",
        "Mon, 23 Nov 2026 12:00:00 +0000",
        "Mon, 23 Nov 2026 15:00:00 MSK",
        "Mon, 23 Nov 2026 15:00:00 +03:00",
        "Mon,23 Nov 2026 21:0:0 GMT+9",
        "23 Nov 26 07:00 EST",
        "Mon Nov 23 12:00:00 2026",
        "November 23, 2026 12:00 PM",
        "2026-11-23T12:00:00Z",
        "2026-11-23T17:00:00.123+05:00",
        "2026-11-23 15:00:00 +0300",
        "2026-11-23T12:00",
        "20261123T12:00:00Z",
        "пн, 23 ноя 2026 15:00:00 +0300",
        "Понедельник, 23 ноября 2026 г., 15:00 МСК",
        "23 листопада 2026, 14:00 EET",
        "2026 жылғы 23 қараша 17:00 +0500",
        "23-noyabr 2026, 17:00 UZT",
        "23 noýabr 2026 17:00 TMT",
        "23 ноябри 2026 17:00 TJT",
        "2026-ж. 23-ноябрь, 18:00 KGT",
        "23 ნოემბერი 2026 16:00 GET",
        "seg, 23 de novembro de 2026 09:00:00 -0300",
        "Lun, 23 Nov 2026 13:00:00 CET",
        "23.11.2026 12:00",
        "23/11/2026 12:00:00",
        "1795435200",
        "1795435200000",
        "1795435200.0",
        "  Mon, 23 Nov 2026 12:00:00 GMT\n",
    ],
)
def test_one_instant_in_many_forms(text: str) -> None:
    assert read_date(text) == NOON


@pytest.mark.parametrize(
    ("month", "names"),
    [
        (1, "January января січня қаңтар yanvar ýanwar janeiro janvier იანვარი հունվար"),
        (2, "Feb февраля лютого ақпан fevral fewral fevereiro février თებერვალი"),
        (3, "March марта березня наурыз mart março mars მარტი"),
        (4, "Apr апреля квітня сәуір aprel abril avril აპრილი"),
        (5, "May мая май травня мамыр maý maio mai მაისი"),
        (6, "June июня червня маусым iyun iýun junho juin ივნისი"),
        (7, "July июля липня шілде iyul iýul julho juillet ივლისი"),
        (8, "Aug августа серпня тамыз avgust awgust agosto août აგვისტო"),
        (9, "Sept сентября вересня қыркүйек sentabr sentýabr setembro სექტემბერი"),
        (10, "Oct октября жовтня қазан oktabr oktýabr outubro ოქტომბერი"),
        (11, "Nov ноября листопада қараша noyabr noýabr novembro ნოემბერი"),
        (12, "Dec декабря грудня желтоқсан dekabr dezembro décembre დეკემბერი"),
    ],
)
def test_month_names(month: int, names: str) -> None:
    for name in names.split():
        assert read_date(f"5 {name} 2026 10:00") == datetime(2026, month, 5, 10, tzinfo=UTC), name


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "soon", "31 Feb 2026 10:00", "2026-13-01", "23 Nov", "10:00", "+0300",
     "03/04/2026 10:00", "Mon, 23 Nov 2026 12:61:00 GMT", "23 Nov 2026 10:00 +9900", "1" * 5000, "١٢"],
)  # fmt: skip
def test_what_cannot_be_read_is_null(text: str) -> None:
    assert read_date(text) is None


def test_the_ends_of_the_calendar_survive() -> None:
    assert read_date("0001-01-01T00:00:00Z") == datetime(1, 1, 1, tzinfo=UTC)
    assert read_date("0001-01-01T00:00:00+03:00") == datetime(1, 1, 1, tzinfo=UTC)
    last = read_date("9999-12-31T23:59:59-05:00")
    assert last is not None
    assert last.year == 9999


def test_edges_of_the_clock() -> None:
    assert read_date("2026-11-22T24:00:00Z") == NOON - timedelta(hours=12)
    assert read_date("Mon, 23 Nov 2026 11:59:60 GMT") == NOON - timedelta(seconds=1)


@given(st.text(max_size=120))
@example("0000-00-00")
@example("9" * 16)
@example("24:00 31 dec 9999")
def test_never_raises(text: str) -> None:
    found = read_date(text)
    assert found is None or found.utcoffset() == timedelta(0)


@given(
    st.integers(31_536_000, 4_102_444_800),
    st.integers(-12 * 60, 14 * 60),
)
def test_reads_back_what_was_written(epoch_seconds: int, offset: int) -> None:
    expected = datetime.fromtimestamp(epoch_seconds, UTC)
    local = expected + timedelta(minutes=offset)
    sign, minutes = ("-" if offset < 0 else "+"), abs(offset)
    zone = f"{sign}{minutes // 60:02d}{minutes % 60:02d}"
    assert read_date(local.strftime("%a, %d %b %Y %H:%M:%S ") + zone) == expected
    assert read_date(f"{local:%Y-%m-%dT%H:%M:%S}{zone[:3]}:{zone[3:]}") == expected
