"""The cases of a file run side by side: most of them wait for somebody's time-out, and all have their own ports and folders."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from .judging import judge

AT_ONCE = 6


@pytest.fixture(scope="module")
def _judged(request, tmp_path_factory):
    """Futures of everything in this file that is wanted, by case and subject."""
    chosen = [item.callspec.params for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    pairs = [(each["case"], each["subject"]) for each in chosen if "case" in each]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            (str(case), subject): pool.submit(judge, case, subject, tmp_path_factory.mktemp(str(case))) for case, subject in pairs
        }
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def faults(_judged):
    """Everything that was wrong: ``faults(case, subject)``."""
    return lambda case, subject: _judged[str(case), subject].result()
