"""Prints of the texts of one batch, in order -> the story of each: the first text that it is a copy of."""

from monitor.articles.duplicates import bands, is_copy


class StoryIndex:
    """Finds copies among the texts added so far; the cost of a look-up does not grow with their number."""

    def __init__(self) -> None:
        self._exact: dict[str, str] = {}
        self._by_band: dict[int, list[int]] = {}
        self._texts: list[tuple[str, tuple[int, ...]]] = []  # (story, print)

    def add(self, identity: str, exact: str, prints: tuple[int, ...]) -> str:
        """Return the story of a text: the id of the first one it copies, else its own."""
        if not prints:  # too short to compare, even to an equal one
            return identity
        if exact in self._exact:
            return self._exact[exact]
        keys = bands(prints)
        candidates = sorted({i for key in keys for i in self._by_band.get(key, ())})
        story = next((self._texts[i][0] for i in candidates if is_copy(prints, self._texts[i][1])), identity)
        self._exact[exact] = story
        position = len(self._texts)
        self._texts.append((story, prints))
        for key in keys:
            self._by_band.setdefault(key, []).append(position)
        return story
