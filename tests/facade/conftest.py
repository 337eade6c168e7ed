"""A demo archive for the tests of the facade."""

from __future__ import annotations

import pytest

import dicommove as dm


@pytest.fixture
def demo_peer():
    """A running demo archive's peer."""
    with dm.demo() as pacs:
        yield pacs
