"""Signed links: read back as they were made, and in no other way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import LinkError
from monitor.links import MAX_TOKEN, Claim, MuteClaim, Signer, VerdictClaim, article_print

NOW = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
SIGNER = Signer("https://monitor.example/inside/", "k" * 32, timedelta(days=90))
LINKS = SIGNER.links(NOW)

rules = st.text(min_size=1, max_size=100)
ends = st.datetimes(NOW.replace(tzinfo=None), datetime(2100, 1, 1)).map(  # noqa: DTZ001  (made aware)
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
claims = st.one_of(
    st.builds(
        VerdictClaim, st.integers(1, 2**62), rules, st.booleans(), st.just(article_print("x", "y")), ends
    ),
    st.builds(MuteClaim, rules, ends),
)


@given(claims)
def test_a_token_says_what_was_signed(claim: Claim) -> None:
    token = SIGNER.token(claim)
    assert len(token) < MAX_TOKEN
    assert SIGNER.read(token, claim.expires_at - timedelta(seconds=1)) == claim


@given(claims, st.data())
def test_no_other_spelling_is_a_token(claim: Claim, data: st.DataObject) -> None:
    token = SIGNER.token(claim)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda sign: sign != token[place]))
    cut = data.draw(st.integers(0, len(token) - 1))
    changed = token[:place] + other + token[place + 1 :]
    for wrong in (changed, token[:cut], token + "=", token + " ", "." + token, token + token):
        with pytest.raises(LinkError):
            SIGNER.read(wrong, NOW)


@given(st.text(max_size=300))
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(LinkError):
        SIGNER.read(text, NOW)


def test_an_answer_cannot_be_turned_into_another() -> None:
    claim = VerdictClaim(7, "Drift", True, article_print("https://a.example/1", ""), NOW + timedelta(days=1))
    said, mac = SIGNER.token(claim).split(".")
    for other in (
        replace(claim, right=False),
        replace(claim, article_id=8),
        replace(claim, rule="Drif"),
        replace(claim, expires_at=claim.expires_at + timedelta(seconds=1)),
        MuteClaim("Drift", claim.expires_at),
    ):
        other_said, other_mac = SIGNER.token(other).split(".")
        assert (other_said, other_mac) != (said, mac)
        with pytest.raises(LinkError):
            SIGNER.read(f"{other_said}.{mac}", NOW)
    with pytest.raises(LinkError):
        replace(SIGNER, secret="q" * 32).read(SIGNER.token(claim), NOW)


def test_links_end() -> None:
    token = LINKS.mute("Drift").rpartition("/")[2]
    assert SIGNER.read(token, NOW + timedelta(days=89)) == MuteClaim("Drift", NOW + timedelta(days=90))
    with pytest.raises(LinkError) as caught:
        SIGNER.read(token, NOW + timedelta(days=90))
    assert (caught.value.kind, caught.value.expired_at) == ("expired", NOW + timedelta(days=90))


def test_an_address_is_plain_and_below_the_base() -> None:
    url = LINKS.verdict(7, "Дрейф & <союзников>", right=True, url=None, title="A title")
    assert url.startswith("https://monitor.example/inside/answer/")
    assert (
        url.isascii() and url.rpartition("/")[2].replace("-", "").replace("_", "").replace(".", "").isalnum()
    )
