"""Registrable domains and one spelling for equal addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.urls import normalise_url, registrable_domain


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.example.com/a", "example.com"),
        ("https://News.Example.CO.UK:8443/", "example.co.uk"),
        ("https://user:p@feeds.example.com.kz/", "example.com.kz"),
        ("https://example.com./", "example.com"),
        ("https://one.blogspot.com/", "one.blogspot.com"),
        ("https://пример.рф/", "пример.рф"),
        ("http://localhost:8000/", "localhost:8000"),
        ("http://localhost/", "localhost:80"),
        ("https://10.1.2.3/", "10.1.2.3:443"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("https://intranet/", "intranet:443"),
    ],
)
def test_registrable_domains(url: str, domain: str) -> None:
    assert registrable_domain(url) == domain


@pytest.mark.parametrize("url", ["", "no host", "/path", "mailto:a@b.c", "http:///x"])
def test_an_address_without_host_has_no_domain(url: str) -> None:
    with pytest.raises(ValueError, match="host"):
        registrable_domain(url)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        (" HTTP://Example.COM:80 ", "http://example.com/"),
        ("https://example.com:443/a?b=C#part", "https://example.com/a?b=C"),
        ("https://example.com:8443/A", "https://example.com:8443/A"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("http://[::1]/", "http://[::1]/"),
        ("mailto:a@b.c", "mailto:a@b.c"),
        ("not an address", "not an address"),
    ],
)
def test_normal_spellings(url: str, normal: str) -> None:
    assert normalise_url(url) == normal


@given(st.text(max_size=60))
def test_a_normal_spelling_stays(text: str) -> None:
    for url in (text, f"http://{text}"):
        once = normalise_url(url)
        assert normalise_url(once) == once
