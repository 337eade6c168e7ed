"""The archive of the soak: a hundred studies of small instances, and another trouble for every second request.

``soak_archive.py PORT_OF_RECEIVER STUDIES INSTANCES SEED LOG``: prints its own port, serves until its input ends, and appends a
line to LOG for every acknowledged instance: its SOP Instance UID and the SHA-256 of its data set, before the next one is sent.
What is asked for a second time comes without trouble.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
import sys
from io import BytesIO
from pathlib import Path

from pydicom.filereader import read_dataset

sys.path.append(str(Path(__file__).parents[1]))
from tests.hostile import connection, peers, senders, wire

ROOT = "1.2.826.0.1.3680043.10.1"
PIXELS = bytes(1500)
HONEST = "honest"
TROUBLES = [
    *("leaves some out", "counts wrong", "aborts in the middle", "resets in the middle", "sends twice", "sends other bytes"),
    *("sends strangers", "sends late", "hangs up", "refuses", "does not wait", "brings noise"),
]


def study_uid(number):
    """Study Instance UID."""
    return f"{ROOT}.{number}"


def instance(study, number, comment=b""):
    """A small instance; a comment makes other bytes of it."""
    uid = f"{study}.1.{number}"
    return wire.Instance(uid, wire.data_set(uid, study=study, series=f"{study}.1", pixels=PIXELS + comment))


class Log:
    """Where acknowledged instances are noted: a list to whoever appends, lines in a file."""

    def __init__(self, path):
        self._file = path.open("a", buffering=1)

    def append(self, one):
        """Note an instance."""
        self._file.write(f"{one.uid} {hashlib.sha256(one.data).hexdigest()}\n")


class Nothing:
    """A list that keeps nothing: what was sent need not be remembered here."""

    def append(self, one):
        """Forget it."""


class Soak:
    """Answers queries, and moves with the trouble that the seed gives to a study.

    Parameters
    ----------
    studies, instances : int
        How many studies there are, and instances in each.
    seed : int
        Of all troubles.
    """

    def __init__(self, studies, instances, seed):
        self._studies, self._instances, self._seed = studies, instances, seed
        self._asked = set()

    def find(self, talk, identifier):
        """Answer a C-FIND."""
        asked = _read(identifier)
        uids = asked.get("StudyInstanceUID") or [study_uid(n) for n in range(self._studies)]
        uids = [uids] if isinstance(uids, str) else list(uids)
        level = str(asked.QueryRetrieveLevel)
        talk.found([wire.implicit(found) for uid in uids for found in self._found(level, str(uid))])

    def _found(self, level, study):
        found = {0x00080052: level, 0x00100020: "P1", 0x0020000D: study}
        if level == "STUDY":
            return [found | {0x00080061: "SR", 0x00201206: "1", 0x00201208: str(self._instances)}]
        found |= {0x0020000E: f"{study}.1", 0x00080060: "SR"}
        if level == "SERIES":
            return [found | {0x00201209: str(self._instances)}]
        numbers = range(1, self._instances + 1)
        return [found | {0x00080018: f"{study}.1.{n}", 0x00080016: wire.CT, 0x00200013: str(n)} for n in numbers]

    def move(self, talk):
        """One C-MOVE: the trouble of its study at first, none when it is asked for again."""
        asked = _read(talk.identifier)
        study = str(asked.StudyInstanceUID)
        uids = asked.get("SOPInstanceUID") or []
        numbers = [int(uid.rpartition(".")[2]) for uid in ([uids] if isinstance(uids, str) else uids)]
        chance = random.Random(f"{self._seed} {study}")
        trouble = HONEST if study in self._asked or chance.random() < 0.5 else chance.choice(TROUBLES)
        self._asked.add(study)
        wanted = [instance(study, number) for number in numbers or range(1, self._instances + 1)]
        getattr(self, "_" + trouble.replace(" ", "_"))(talk, wanted, chance)

    def _honest(self, talk, wanted, _):
        self._deliver(talk, wanted)
        talk.end(completed=len(wanted))

    def _deliver(self, talk, wanted):
        """Send in order over one association, with a pending response now and then."""
        with talk.story.sender().associate() as sender:
            for number, one in enumerate(wanted, 1):
                sender.store(one, message_id=number % 65536)
                if number % 50 == 0:
                    talk.pending(min(len(wanted) - number, 65535), number)
            sender.release()

    def _leaves_some_out(self, talk, wanted, chance):
        self._deliver(talk, [one for one in wanted if chance.random() < 0.9])
        talk.end(completed=len(wanted))

    def _counts_wrong(self, talk, wanted, _):
        self._deliver(talk, wanted)
        talk.end(0xB000, failed=len(wanted) % 65536)

    def _aborts_in_the_middle(self, talk, wanted, chance, *, reset=False):
        left = list(wanted)
        while left:
            size = chance.randint(1, 200)
            self._deliver(talk, left[:size])
            left = left[size:]
            if left:
                torn = talk.story.sender().associate()
                whole = wire.p_data(1, wire.c_store(left[0].uid), command=True) + wire.p_data(1, left[0].data, size=500)
                torn.send(whole[: chance.randint(1, len(whole) - 1)])
                torn.reset() if reset else (torn.send(wire.abort()), torn.close())
        talk.end(completed=len(wanted))

    def _resets_in_the_middle(self, talk, wanted, chance):
        self._aborts_in_the_middle(talk, wanted, chance, reset=True)

    def _sends_twice(self, talk, wanted, chance):
        self._deliver(talk, [one for one in wanted for _ in range(chance.choice((1, 1, 1, 2)))])
        talk.end(completed=len(wanted))

    def _sends_other_bytes(self, talk, wanted, chance):
        study = wanted[0].uid.rpartition(".1.")[0]
        numbers = [int(one.uid.rpartition(".")[2]) for one in wanted]
        others = [instance(study, number, b"\1\1") for number in numbers if chance.random() < 0.05]
        self._deliver(talk, [*wanted, *others])
        talk.end(completed=len(wanted))

    def _sends_strangers(self, talk, wanted, chance):
        strangers = [instance(f"{ROOT}.999.{chance.randrange(10**6)}", number) for number in range(20)]
        self._deliver(talk, [*strangers, *wanted])
        talk.end(completed=len(wanted))

    def _sends_late(self, talk, wanted, _):
        half = len(wanted) // 2
        self._deliver(talk, wanted[:half])
        talk.end(completed=len(wanted))
        talk.story.send(*wanted[half:])

    def _hangs_up(self, talk, wanted, chance):
        self._deliver(talk, wanted[: chance.randrange(len(wanted))])
        talk.close()

    def _refuses(self, talk, _wanted, _):
        talk.end(0xA702)

    def _does_not_wait(self, talk, wanted, _):
        with talk.story.sender().associate() as sender:
            for at in range(0, len(wanted), 8):
                for number, one in enumerate(wanted[at : at + 8], at + 1):
                    sender.offer(one, message_id=number % 65536)
                for one in wanted[at : at + 8]:
                    if sender.status() == 0:
                        talk.story.acknowledged.append(one)
            sender.release()
        talk.end(completed=len(wanted))

    def _brings_noise(self, talk, wanted, chance):
        for _ in range(20):
            with talk.story.sender() as noisy, contextlib.suppress(connection.EndedError):
                noisy.send(chance.randbytes(chance.randint(1, 5000)))
        self._deliver(talk, wanted)
        talk.end(completed=len(wanted))


def _read(identifier):
    return read_dataset(BytesIO(identifier), is_implicit_VR=True, is_little_endian=True)


def main():
    """Serve until the input ends; then say how many requests failed to be played."""
    receiver, studies, instances, seed = map(int, sys.argv[1:5])
    log = Path(sys.argv[5])
    story = senders.Story(log.parent, receiver)
    story.sent, story.acknowledged = Nothing(), Log(log)
    soak = Soak(studies, instances, seed)
    with peers.archive(story, soak.move, "move", soak.find) as port:
        print(port, flush=True)
        sys.stdin.read()
    print("\n".join(story.errors), flush=True)


if __name__ == "__main__":
    main()
