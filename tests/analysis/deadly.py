"""Set-ups for worker processes in which some documents do not end well."""

import os
import time
from typing import Any

import monitor.analysis as analysis_module
from monitor.model import Analysis, Document

_real = analysis_module.analyze


def _hostile(document: Document, *arguments: Any, **options: Any) -> Analysis:
    if document.id == "crash":
        os._exit(1)
    if document.id == "slow":
        time.sleep(60)
    return _real(document, *arguments, **options)


def set_up() -> None:
    """Build the tagger, then let the documents "crash" and "slow" do what they are called."""
    analysis_module.initialise_worker()
    analysis_module.analyze = _hostile
