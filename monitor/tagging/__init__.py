"""text -> Tagging: countries, themes, joint evidence, attitudes, each with its sentence.

Read `text.py` (words and sentences), `match.py` (terms in words), `lexicon.py` (what the country data
says), `countries.py` (which mentions count), `salience.py` (how central each is), then `tagger.py`.
"""

from monitor.tagging.tagger import Tagger

__all__ = ["Tagger"]
