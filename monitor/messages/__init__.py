"""Alerts, digests and notices -> messages and files. Pure."""
