"""articles: a page -> clean text, true metadata, kind, and the prints that find copies.

Read in this order: decode, page, native, candidates, extract; then metadata (canonical, times, dates,
authors, signatures, bylines), language, kind, style, trailing, pagestate, origin; then duplicates, related,
boilerplate, retry.
"""
