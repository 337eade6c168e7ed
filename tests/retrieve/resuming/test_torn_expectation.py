"""A process that is killed before all that it expects is recorded: that part is never taken for the whole."""

from __future__ import annotations

import pytest

import dicommove as dm
from dicommove.retrieve import plan_resume
from dicommove.store.sqlite_journal import SqliteJournal


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("recorded", [0, 40, 80], ids="{} recorded".format)
@pytest.mark.parametrize("present", [False, True], ids=["nothing there", "some there"])
def test_torn_expectation_is_not_resumed(pacs, anna, data, monkeypatch, recorded, present):
    """The next run of the move itself names every instance that is missing; a part of them is never called complete."""
    if present:
        pacs.move(anna(pacs).series().find().head(1), data, progress=False)
    append, left = SqliteJournal.append, iter(range(recorded))

    def killing(self, table, *given):
        if table == "expected" and next(left, None) is None:
            raise Killed
        append(self, table, *given)

    plan = anna(pacs).plan(data)
    with monkeypatch.context() as patched:
        patched.setattr(SqliteJournal, "append", killing)
        operation = plan.start_move()
        with pytest.raises(Killed):
            operation.result(60)
    with pytest.raises(dm.StoreError, match="killed before it asked for anything"):
        plan_resume(data)
    result = anna(pacs).move(data, progress=False)
    assert result.outcome == "complete"
    assert len(result.ledger) == len(plan.instances)
    assert "unexpected" not in set(result.ledger["state"])
