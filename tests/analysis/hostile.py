"""Pages that were made to hurt: each is the HTML of a document, as text or as bytes."""

import json
from collections.abc import Callable

MEGA = 1_000_000
SENTENCE = (
    "The parliament in Astana debated the grain law for three hours and sent it back to the committee. "
)
ARTICLE = "".join(f"<p>{number}. {SENTENCE * 2}</p>" for number in range(12))

Page = str | bytes
HOSTILE: dict[str, Callable[[], Page]] = {
    # -- nesting
    "a million nested divs": lambda: "<div>" * MEGA + ARTICLE,
    "2900 nested divs": lambda: "<div>" * 2900 + ARTICLE,
    "unclosed bold": lambda: "<b>" * 100_000 + ARTICLE,
    "unclosed formatting of many kinds": lambda: "<b><i><u><font color=red><a href=x>" * 20_000 + ARTICLE,
    "formatting across paragraphs": lambda: "<p><b><i><font size=1>x" * 20_000 + ARTICLE,
    "nested tables": lambda: "<table><tr><td>" * 50_000 + ARTICLE,
    "nested lists": lambda: "<ul><li>" * 50_000 + ARTICLE,
    "nested svg": lambda: "<svg><g>" * 50_000 + ARTICLE,
    "nested templates": lambda: "<template>" * 50_000 + ARTICLE,
    "text that tables push out": lambda: "<table>" + "x<b>y</b>" * 100_000 + "</table>" + ARTICLE,
    "end tags only": lambda: "</div></p></b></table>" * 200_000 + ARTICLE,
    "nested forms and selects": lambda: "<form><select><option>" * 50_000 + ARTICLE,
    "nested spans": lambda: "<span class=hidden><span>" * 50_000 + ARTICLE,
    # -- size
    "ten megabytes on one line": lambda: "<p>" + SENTENCE * (10 * MEGA // len(SENTENCE)),
    "ten megabytes of one word": lambda: "<p>" + "a" * (10 * MEGA),
    "ten megabytes of capitals": lambda: ARTICLE + "<p>" + "Aa Bb. " * (10 * MEGA // 7),
    "thirteen megabytes": lambda: ARTICLE + " " * (13 * MEGA),
    "a million paragraphs": lambda: "<p>x" * MEGA,
    "a million line breaks": lambda: ARTICLE + "<br>" * MEGA,
    "45,000 links": lambda: "".join(f"<a href='/{n}'>KZ {n}</a> " for n in range(45_000)) + ARTICLE,
    "100,000 links": lambda: "".join(f"<a href='/{n}'>Kazakhstan {n}</a> " for n in range(100_000)) + ARTICLE,
    "45,000 long paragraphs": lambda: f"<p>{SENTENCE}</p>" * 45_000,
    "100,000 long paragraphs": lambda: f"<p>{SENTENCE}</p>" * 100_000,
    "a table of 300,000 cells": lambda: (
        "<table>" + "<tr><td>1<td>Astana<td>" * 100_000 + "</table>" + ARTICLE
    ),
    "ten megabytes of entities": lambda: "<p>" + "&amp;&#1071;&nbsp;&eacute;&bogus;" * 300_000,
    "a picture in an attribute": lambda: f"<img src='data:image/png;base64,{'A' * 10 * MEGA}'>" + ARTICLE,
    # -- attributes
    "a million attributes": lambda: "<div " + " ".join(f"a{n}=1" for n in range(MEGA)) + ">" + ARTICLE,
    "a class of a megabyte": lambda: f"<div class='{'comment nav x-y ' * 70_000}'>" + ARTICLE,
    "45,000 classes": lambda: (
        "".join(f"<div class='article{n} x{n}y'>x</div>" for n in range(45_000)) + ARTICLE
    ),
    "script in every attribute": lambda: (
        "<div onclick='alert(1)' style='background:url(javascript:x)' class='\"><script>alert(1)</script>'>"
        "<a href='javascript:alert(1)' title='<img src=x onerror=alert(1)>'>x</a></div>" * 2000 + ARTICLE
    ),
    "styles that hide": lambda: "<span style='display : none'>x</span>" * 50_000 + ARTICLE,
    # -- the head
    "a title of ten megabytes": lambda: "<title>" + "Astana | " * (10 * MEGA // 9) + "</title>" + ARTICLE,
    "markup in the title": lambda: "<title><h1>Astana</h1><script>alert(1)</script></title>" + ARTICLE,
    "100,000 meta elements": lambda: (
        "".join(f'<meta name="author" property="og:title" content="By A{n}">' for n in range(100_000))
        + ARTICLE
    ),
    "a heading of a megabyte": lambda: "<h1>" + "Grain law " * 100_000 + "</h1>" + ARTICLE,
    "20,000 headings": lambda: "<h1>Grain law divides Astana again</h1>" * 20_000 + ARTICLE,
    "structured data nested deep": lambda: (
        f'<script type="application/ld+json">{"[" * 200_000}</script>' + ARTICLE
    ),
    "structured data of the wrong types": lambda: (
        '<script type="application/ld+json">{"@type":["NewsArticle",7,null],'
        '"author":[[{"name":[{"name":{}}]}]],"headline":{"a":[1]},"datePublished":[{"@value":9e999}],"articleBody":[[[]]],"publisher":7,'
        '"isAccessibleForFree":{"x":1},"mainEntity":{"mainEntity":{"mainEntity":{}}}}</script>' + ARTICLE
    ),
    "10,000 structured objects": lambda: (
        '<script type="application/ld+json">{"@type":"NewsArticle","author":{"name":"A B"}}</script>' * 10_000
        + ARTICLE
    ),
    "an article body of a megabyte": lambda: (
        '<script type="application/ld+json">'
        + json.dumps({"@type": "NewsArticle", "articleBody": SENTENCE * 9000})
        + "</script><p>x</p>"
    ),
    "addresses that are none": lambda: (
        "<base href='http://[x'><link rel=canonical href='http://[::bad'>"
        "<meta property=og:url content='//\x00'>" + ARTICLE
    ),
    # -- tokens
    "a comment that never ends": lambda: ARTICLE + "<!-- " + "<!--" * MEGA,
    "a script that never ends": lambda: ARTICLE + "<script>" + "</scrip" * MEGA,
    "a tag that never ends": lambda: ARTICLE + "<div " + "<a " * MEGA,
    "ten megabytes of opening brackets": lambda: ARTICLE + "<" * (10 * MEGA),
    "ten megabytes of ampersands": lambda: ARTICLE + "&" * (10 * MEGA),
    "plaintext": lambda: "<plaintext>" + ARTICLE * 20,
    "a frameset": lambda: "<frameset><frame src=a><noframes>" + ARTICLE + "</noframes></frameset>",
    "nothing but a comment": lambda: "<!-- " + ARTICLE + " -->",
    # -- characters
    "NULs": lambda: ARTICLE.replace(" ", "\x00 "),
    "lone surrogates": lambda: ARTICLE.replace("a", "\ud800a\udfff"),
    "bidi overrides": lambda: ARTICLE.replace("Astana", "\u202eanatsA\u202c \u2066KZ\u2069"),
    "characters that combine": lambda: "<p>" + ("a" + "\u0301" * 5000 + " ") * 200 + ARTICLE,
    "zero width everywhere": lambda: "\u200b".join(ARTICLE),
    "every byte": lambda: ARTICLE.encode() + bytes(range(256)) * 4000,
    "UTF-16 that is windows-1251": lambda: (
        b"<meta charset=utf-16><p>" + "Парламент в Астане обсуждал закон о зерне. ".encode("cp1251") * 40
    ),
    "UTF-8 that is KOI8-R": lambda: (
        b"<meta charset=utf-8><p>" + "Парламент в Астане обсуждал закон о зерне. ".encode("koi8-r") * 40
    ),
    "a charset that does not exist": lambda: (
        b"<meta charset=x-klingon><p>" + "Парламент в Астане обсуждал закон. ".encode("cp1251") * 40
    ),
    "a charset that runs code": lambda: b"<meta charset=unicode_escape><p>\\u0041\\x42" + ARTICLE.encode(),
    "UTF-7": lambda: b"<meta charset=utf-7><p>+ADw-script+AD4-alert(1)+ADw-/script+AD4-" + ARTICLE.encode(),
    "the wrong byte order mark": lambda: b"\xff\xfe" + ARTICLE.encode(),
    "a PDF": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 1000,
    "gzip": lambda: b"\x1f\x8b\x08" + bytes(range(256)) * 1000,
    # -- wording that patterns might stumble over
    "names without end": lambda: ARTICLE + "<p>By " + "Anna Maria de la Cruz, " * 20_000 + "</p>",
    "bylines": lambda: "<p class=byline>By Anna Petrova and</p>" * 20_000 + ARTICLE,
    "quotes that never close": lambda: "<p>" + "“«\"'(" * 200_000 + "</p>" + ARTICLE,
    "full stops": lambda: "<p>" + "." * MEGA + "</p><p>" + ". " * MEGA + "</p>" + ARTICLE,
    "digits": lambda: "<p>" + "1" * MEGA + "</p><p>" + "12.03.2026 " * 100_000 + "</p>" + ARTICLE,
    "dashes and bars": lambda: (
        "<title>" + " - | " * 50_000 + "</title><p>" + "— " * 500_000 + "</p>" + ARTICLE
    ),
    "at signs and addresses": lambda: "<p>" + "a@b.c http://www. " * 50_000 + "</p>" + ARTICLE,
    "trailing matter without end": lambda: ARTICLE + "<p>Read more: Anna Petrova is a columnist</p>" * 20_000,
    "dates": lambda: "<time datetime='2026-13-45T99:99:99+99:99'>Monday</time>" * 20_000 + ARTICLE,
    "white space": lambda: "<p>a" + " \t\n\xa0" * MEGA + "</p>" + ARTICLE,
}  # fmt: skip
