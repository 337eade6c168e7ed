"""What an operation waits for, by SOP Instance UID: which of it is still to come, and for which request."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ..asking.expectation import ExpectedInstance

__all__ = ["Awaited"]


class Awaited:
    """The expected instances of an operation; who changes it holds the lock of the tally.

    Parameters
    ----------
    instances : iterable of ExpectedInstance

    Examples
    --------
    >>> from dicommove.retrieve.asking.expectation import ExpectedInstance
    >>> awaited = Awaited([ExpectedInstance(1, "1.2", "1.2.3", "1.2.3.4")])
    >>> awaited.saw("1.2.3.4"), awaited.saw("1.2.3.4"), awaited.outstanding(1)
    (True, False, 0)
    """

    def __init__(self, instances: Iterable[ExpectedInstance]) -> None:
        self._request_of: dict[str, int] = {}
        self._unseen: dict[str, ExpectedInstance] = {}
        self._outstanding: Counter[int] = Counter()
        self._seen: set[bytes] = set()  # of those that were not expected by UID
        self._again: dict[int, frozenset[str]] = {}
        self.expect(instances)

    def expect(self, instances: Iterable[ExpectedInstance]) -> None:
        """Wait for more: the archive named them after it had sent; those that were seen are not waited for."""
        for instance in instances:
            if instance.uid in self._request_of:
                continue
            self._request_of[instance.uid] = instance.request
            if _digest(instance.uid) not in self._seen:
                self._unseen[instance.uid] = instance
                self._outstanding[instance.request] += 1

    def ask_again(self, request: int, uids: Iterable[str]) -> None:
        """Say what a request that asks again is sent for."""
        self._again[request] = frozenset(uids)

    def __contains__(self, uid: object) -> bool:
        """Whether it is expected by UID, seen or not."""
        return uid in self._request_of

    def request_of(self, uid: str) -> int | None:
        """Number of the request of the plan that it belongs to; None when it is not expected by UID."""
        return self._request_of.get(uid)

    def requests(self) -> frozenset[int]:
        """Numbers of the requests whose instances are known by UID."""
        return frozenset(self._request_of.values())

    def lacks(self, uid: str) -> bool:
        """Whether it is expected by UID and still to come."""
        return uid in self._unseen

    def missing(self) -> tuple[ExpectedInstance, ...]:
        """Return what is still to come."""
        return tuple(self._unseen.values())

    def missing_of(self, uids: Collection[str]) -> frozenset[str]:
        """Return which of these are still to come."""
        return frozenset(uid for uid in uids if uid in self._unseen)

    def outstanding(self, request: int) -> int:
        """How many of a request are still to come."""
        again = self._again.get(request)
        return self._outstanding[request] if again is None else len(self.missing_of(again))

    def saw(self, uid: str) -> bool:
        """Take note of an arrival; whether it is the first. What was not expected is remembered by a hash, in little memory."""
        if uid in self._request_of:
            if self._unseen.pop(uid, None) is None:
                return False
            self._outstanding[self._request_of[uid]] -= 1
            return True
        known = len(self._seen)
        self._seen.add(_digest(uid))
        return len(self._seen) > known


def _digest(uid: str) -> bytes:
    return hashlib.blake2b(uid.encode(), digest_size=12).digest()
