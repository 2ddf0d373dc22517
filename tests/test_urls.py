"""Addresses: the registrable domain, one spelling for equal ones, the outlet and its country."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.countries import country_of_site
from monitor.urls import normalise_url, registrable_domain, site_of


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.example.com/a", "example.com"),
        ("https://News.Example.CO.UK:8443/", "example.co.uk"),
        ("https://user:p@feeds.example.com.kz/", "example.com.kz"),
        ("http://user:pass@Example.ORG./", "example.org"),
        ("https://one.blogspot.com/", "one.blogspot.com"),
        ("https://пример.рф/", "пример.рф"),
        ("http://localhost:8000/", "localhost:8000"),
        ("http://localhost/", "localhost:80"),
        ("https://10.1.2.3/", "10.1.2.3:443"),
        ("http://[::1]/", "[::1]:80"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("https://intranet/", "intranet:443"),
        ("http://example.org:80@evil.com/", "evil.com"),
        ("http://example.org\\@evil.com/", "evil.com"),
        ("http://example.org?@evil.com/", "example.org"),
        ("http://example.org#@evil.com/", "example.org"),
    ],
)
def test_registrable_domain(url: str, domain: str) -> None:
    assert registrable_domain(url) == domain


@pytest.mark.parametrize("url", ["", "no host", "http://", "http:///x", "/path", "mailto:a@b.c"])
def test_an_address_without_host_has_no_domain(url: str) -> None:
    with pytest.raises(ValueError, match="host"):
        registrable_domain(url)
    with pytest.raises(ValueError, match="host"):
        site_of(url)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        (" HTTP://WWW.Example.org:80/a#b ", "http://www.example.org/a"),
        (" HTTP://Example.COM:80 ", "http://example.com/"),
        ("https://example.com:443/a?b=C#part", "https://example.com/a?b=C"),
        ("https://example.com:8443/A", "https://example.com:8443/A"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("http://[::1]/", "http://[::1]/"),
        ("mailto:a@b.c", "mailto:a@b.c"),
        ("not an address", "not an address"),
    ],
)
def test_normal_spelling(url: str, normal: str) -> None:
    assert normalise_url(url) == normal


@given(st.text(max_size=60))
def test_a_normal_spelling_stays(text: str) -> None:
    for url in (text, f"http://{text}"):
        once = normalise_url(url)
        assert normalise_url(once) == once


def test_the_outlet_of_an_address() -> None:
    assert site_of("https://www.example.org/a") == "example.org"
    assert site_of("https://rus.example.org:8443/a") == "rus.example.org:8443"


@pytest.mark.parametrize(
    ("site", "country"),
    [
        ("tengrinews.kz", "KZ"),
        ("gazette.co.uk:8080", "GB"),
        ("xn--80aaxitdbjk.xn--p1ai", "RU"),
        ("news.am", "AM"),
        ("example.org", ""),
        ("meduza.io", ""),
        ("rain.tv", ""),
        ("kz", ""),
        ("127.0.0.1:80", ""),
        ("[::1]:80", ""),
    ],
)
def test_country_of_a_site(site: str, country: str) -> None:
    assert country_of_site(site) == country
