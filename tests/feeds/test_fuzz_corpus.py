"""What the fuzzer kept is read without a crash (`python bench/fuzz_feeds.py` looks for more)."""

import random
from pathlib import Path

import pytest

from bench.fuzz_feeds import DEFAULT_CORPUS, exercise, mutated

KEPT = sorted(DEFAULT_CORPUS.iterdir())


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_what_was_kept_is_survived(path: Path) -> None:
    exercise(path.read_bytes())


def test_the_fuzzer_makes_something_else() -> None:
    generator = random.Random(1)
    corpus = [path.read_bytes() for path in KEPT]
    assert len({mutated(generator, corpus) for _ in range(50)}) > 30
