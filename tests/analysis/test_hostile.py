"""Pages made to hurt give a result or a named error within the limits, and the next page is read."""

import base64
import json

from monitor.articles.extract import MAX_TEXT_CHARACTERS
from monitor.batch import analyze_batch
from tests.analysis.hostile import ARTICLE, HOSTILE

# "time" is one too, on a slow machine; "memory" and "crash" would mean that a bound is missing.
NAMED = {"too-deep", "too-large", "not-html", "empty", "time"}


def _line(name: str) -> bytes:
    page = HOSTILE[name]()
    body = {"html": page} if isinstance(page, str) else {"html_b64": base64.b64encode(page).decode()}
    return json.dumps({"id": name, "url": "https://steppe.example/a", **body}).encode()


def test_hostile_pages_give_a_result_or_a_named_error_within_the_limits() -> None:
    last = json.dumps({"id": "last", "html": ARTICLE})
    rows = list(analyze_batch((*map(_line, HOSTILE), last), jobs=2))
    assert [row["id"] for row in rows] == [*HOSTILE, "last"]
    for row in rows:
        error, text = str(row["error"] or ""), str(row["text"])
        assert not error or error.partition(":")[0] in NAMED, row["id"]
        assert len(text) <= MAX_TEXT_CHARACTERS
        json.dumps(row, ensure_ascii=False).encode("utf-8")
        assert "\x00" not in text
    read = {str(row["id"]): str(row["text"]) for row in rows}
    assert "The parliament in Astana" in read["last"]
    for name in ("2900 nested divs", "script in every attribute", "the wrong byte order mark", "UTF-7"):
        assert "The parliament in" in read[name], name
    for name in ("UTF-16 that is windows-1251", "UTF-8 that is KOI8-R", "a charset that does not exist"):
        assert "Парламент в Астане" in read[name], name
    assert "alert(1)" not in read["script in every attribute"]
