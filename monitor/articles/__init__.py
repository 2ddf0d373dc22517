"""articles: see the map in monitor/__init__.py."""
