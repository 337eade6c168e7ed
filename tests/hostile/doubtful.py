"""Cases of doubtful instances: each is refused with the right status or kept byte for byte; the honest ones are always kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import wire
from .abusing import PATIENT
from .cases import Cases

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from .peers import Talk

    Offered = wire.Instance | tuple[wire.Instance, dict[int, str | int | bytes]]
    """An instance, and what is otherwise in its command set."""

STORED = {0x0000}
NO_INSTANCE = {0xC000}
CONTRADICTS = {0xA900}
OTHER_CLASS = {0x0122}
NOT_KEPT = {*range(0xA900, 0xAA00), *range(0xC000, 0xD000)}
"""It contradicts its command, or cannot be understood (PS3.4 B.2.3)."""


class Doubts(Cases):
    """Cases whose instances are made when they run, between two honest ones."""

    def __call__(self, sentence: str, *right: str, **how) -> Callable:
        """Add a case; how fast it is where everything is busy is not what is judged."""
        return super().__call__(sentence, *right, **PATIENT | how | {"options": PATIENT["options"] | how.get("options", {})})

    def refused(self, name: str, sentence: str, status: Collection[int], make: Callable[[], Iterable[Offered]], **how) -> None:
        """They come in the place of the third instance: each is answered with the status, and the third is missing."""
        self._add(name, sentence, status, make, 2, **{"right": ("partial",), "kept": 2, **how})

    def kept(self, name: str, sentence: str, make: Callable[[], Iterable[Offered]], **how) -> None:
        """They come besides the three: each of them is acknowledged, and there as it came."""
        self._add(name, sentence, STORED, make, 3, **how)

    def damaged(self, name: str, sentence: str, make: Callable[[], Iterable[Offered]], **how) -> None:
        """They, the third instance among them, are acknowledged and there as they came; the API says that they are not whole."""
        self._add(name, sentence, STORED, make, 2, **{"api": ("partial",), **how})

    def either(self, name: str, sentence: str, make: Callable[[], Iterable[Offered]], **how) -> None:
        """They come besides the three: each of them is refused, or there as it came: there is more than one way to read it."""
        self._add(name, sentence, {*STORED, *NOT_KEPT}, make, 3, **{"right": ("complete", "partial"), **how})

    def _add(self, name, sentence, status, make, honest, *, right=("complete",), **how) -> None:
        def script(talk: Talk) -> None:
            assert talk.send_instances(1) == [0]
            statuses = delivered(talk, make())
            assert not any(talk.send_instances(*range(2, honest + 1)))
            failed = len(statuses) - statuses.count(0)
            talk.end(0xB000 if failed else 0, completed=honest + statuses.count(0), failed=failed)
            wrong = {number: hex(each) for number, each in enumerate(statuses) if each not in status}
            assert not wrong, f"wrong statuses: {wrong}"

        script.__name__ = name
        self(sentence, *right, **how)(script)


def delivered(talk: Talk, what: Iterable[Offered]) -> list[int]:
    """Store them over one association that has a context for each pair of SOP Class and transfer syntax; return the statuses."""
    offers = [each if isinstance(each, tuple) else (each, {}) for each in what]
    kinds = list(dict.fromkeys((one.sop_class, one.syntax) for one, _ in offers))
    contexts = [(2 * number + 1, sop_class, (syntax,)) for number, (sop_class, syntax) in enumerate(kinds)]
    with talk.story.sender().associate(contexts=contexts) as sender:
        statuses = [
            sender.store(one, context=2 * kinds.index((one.sop_class, one.syntax)) + 1, fields=fields) for one, fields in offers
        ]
        sender.release()
    return statuses


def named(*uids: str | bytes) -> list[wire.Instance]:
    """An instance for each UID, the same in command and data set."""
    return [wire.Instance(uid, with_uid(uid)) for uid in uids]


def with_uid(uid: str | bytes) -> bytes:
    """A data set with a SOP Instance UID, whatever that is."""
    return changed(wire.instance(9), 0x00080018, wire.element(0x00080018, "UI", uid)).data


def changed(one: wire.Instance, tag: int, *elements: bytes) -> wire.Instance:
    """The instance with other bytes in the place of an element, in Explicit VR Little Endian; none leaves it out."""
    at = one.data.index(tag.to_bytes(4, "little")[2:] + tag.to_bytes(4, "little")[:2])
    length = int.from_bytes(one.data[at + 6 : at + 8], "little")
    return replace(one, data=one.data[:at] + b"".join(elements) + one.data[at + 8 + length :])


def before(one: wire.Instance, tag: int, *elements: bytes) -> wire.Instance:
    """The instance with more bytes in front of an element."""
    at = one.data.index(tag.to_bytes(4, "little")[2:] + tag.to_bytes(4, "little")[:2])
    return replace(one, data=one.data[:at] + b"".join(elements) + one.data[at:])
