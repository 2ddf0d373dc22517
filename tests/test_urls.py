"""Addresses: the registrable domain, one spelling, the outlet."""

import pytest

from monitor.countries import country_of_site
from monitor.urls import normalise_url, registrable_domain, site_of


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("http://example.org/x", "example.org"),
        ("https://rus.news.example.co.uk:8443/", "example.co.uk"),
        ("http://example.org:80@evil.com/", "evil.com"),
        ("http://user:pass@Example.ORG./", "example.org"),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
        ("http://[::1]/", "[::1]:80"),
        ("https://localhost/", "localhost:443"),
        ("http://example.org\\@evil.com/", "evil.com"),
        ("http://example.org?@evil.com/", "example.org"),
        ("http://example.org#@evil.com/", "example.org"),
    ],
)
def test_registrable_domain(url: str, domain: str) -> None:
    assert registrable_domain(url) == domain


@pytest.mark.parametrize("url", ["", "http://", "/path", "mailto:a@b"])
def test_no_host(url: str) -> None:
    with pytest.raises(ValueError, match="host"):
        registrable_domain(url)
    with pytest.raises(ValueError, match="host"):
        site_of(url)


def test_one_spelling_and_the_outlet() -> None:
    assert normalise_url(" HTTP://WWW.Example.org:80/a#b ") == "http://www.example.org/a"
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
