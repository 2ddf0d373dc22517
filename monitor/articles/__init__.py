"""articles: a page -> clean text, true metadata, kind, and the prints that find copies.

Read in this order: decode, page, native, candidates, extract; then metadata (canonical, dates,
bylines), language, kind, trailing, pagestate, origin; then duplicates, related, boilerplate, retry.
"""
