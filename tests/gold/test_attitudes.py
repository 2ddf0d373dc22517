"""Floors for attitudes between countries in sentences of our own, a third of which say none."""

import json
from pathlib import Path

import pytest

from monitor.analysis import analyze
from monitor.evaluate import evaluate, read_gold
from monitor.tagging.tagger import Tagger

LINES = (Path(__file__).parent / "attitudes.jsonl").read_text("utf-8").splitlines()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_few_attitudes_are_wrong_and_most_are_found(language: str) -> None:
    golds = read_gold(line for line in LINES if json.loads(line)["language"] == language)
    tagger = Tagger()
    (measure,) = evaluate(golds, [analyze(gold.document, tagger) for gold in golds]).measures
    assert measure.name == "attitudes"
    assert measure.micro.precision >= 0.92
    assert measure.micro.recall >= 0.88
