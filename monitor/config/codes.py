"""The keys that a configuration may name: country codes and shipped themes."""

from monitor.countries import COUNTRY_NAMES

COUNTRIES = frozenset(COUNTRY_NAMES)

THEMES: tuple[str, ...] = (
    "sanctions", "mobilization", "csto", "eurasian-integration", "migration", "energy", "trade-corridors",
    "border-conflict", "military-cooperation", "ukraine-war", "protest", "elections", "diplomacy",
    "information",
)  # fmt: skip
