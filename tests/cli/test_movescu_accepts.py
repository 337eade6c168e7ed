"""What the Storage SCP takes: each SOP Class and transfer syntax of the manual, and every other one that there is."""

from __future__ import annotations

import pytest
from pydicom._uid_dict import UID_dictionary
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import Verification

from .movescu_programs import OURS, THEIRS

MANUAL = (  # noqa: SIM905 - one of them a line is no better to read
    """
    4.1.1.1 4.1.1.1.1 4.1.1.1.1.1.1 4.1.1.1.2 4.1.1.1.2.1 4.1.1.1.3 1.4.1.1.3.1 4.1.1.2 4.1.1.2.1 4.1.1.2.2 4.1.1.3.1
    4.1.1.4 4.1.1.4.1 4.1.1.4.2 4.1.1.4.3 4.1.1.4.4 4.1.1.6.1 4.1.1.6.2 4.1.1.7 4.1.1.7.1 4.1.1.7.2 4.1.1.7.3 4.1.1.7.4
    4.1.1.9.1.1 4.1.1.9.1.2 4.1.1.9.1.3 4.1.1.9.2.1 4.1.1.9.3.1 4.1.1.9.4.1 4.1.1.9.4.2 4.1.1.9.5.1 4.1.1.9.6.1 4.1.1.11.1
    4.1.1.11.2 4.1.1.11.3 4.1.1.11.4 4.1.1.11.5 4.1.1.11.6 4.1.1.11.7 4.1.1.11.8 4.1.1.11.9 4.1.1.11.10 4.1.1.11.11
    4.1.1.12.1 4.1.1.12.1.1 4.1.1.12.2 4.1.1.12.2.1 4.1.1.13.1.1 4.1.1.13.1.2 4.1.1.13.1.3 4.1.1.13.1.4 4.1.1.13.1.5
    4.1.1.14.1 4.1.1.14.2 4.1.1.20 4.1.1.30 4.1.1.66 4.1.1.66.1 4.1.1.66.2 4.1.1.66.3 4.1.1.66.4 4.1.1.66.5 4.1.1.66.6
    4.1.1.67 4.1.1.68.1 4.1.1.68.2 4.1.1.77.1.1 4.1.1.77.1.1.1 4.1.1.77.1.2 4.1.1.77.1.2.1 4.1.1.77.1.3 4.1.1.77.1.4
    4.1.1.77.1.4.1 4.1.1.77.1.5.1 4.1.1.77.1.5.2 4.1.1.77.1.5.3 4.1.1.77.1.5.4 4.1.1.77.1.5.5 4.1.1.77.1.5.6 4.1.1.77.1.5.7
    4.1.1.77.1.5.8 4.1.1.77.1.6 4.1.1.78.1 4.1.1.78.2 4.1.1.78.3 4.1.1.78.4 4.1.1.78.5 4.1.1.78.6 4.1.1.78.7 4.1.1.78.8
    4.1.1.79.1 4.1.1.80.1 4.1.1.81.1 4.1.1.82.1 4.1.1.88.11 4.1.1.88.22 4.1.1.88.33 4.1.1.88.34 4.1.1.88.35 4.1.1.88.40
    4.1.1.88.50 4.1.1.88.59 4.1.1.88.65 4.1.1.88.67 4.1.1.88.68 4.1.1.88.69 4.1.1.88.70 4.1.1.88.71 4.1.1.88.72 4.1.1.88.73
    4.1.1.88.74 4.1.1.88.75 4.1.1.90.1 4.1.1.104.1 4.1.1.104.2 4.1.1.104.3 4.1.1.128 4.1.1.128.1 4.1.1.130 4.1.1.131
    4.1.1.200.2 4.1.1.481.1 4.1.1.481.2 4.1.1.481.3 4.1.1.481.4 4.1.1.481.5 4.1.1.481.6 4.1.1.481.7 4.1.1.481.8 4.1.1.481.9
    4.1.1.481.10 4.1.1.481.11 4.1.1.481.12 4.1.1.481.13 4.34.7 4.34.10
    """
).split()
"""The 136 SOP Classes of pynetdicom's manual, below 1.2.840.10008.5.1."""
MISPRINTED = {"4.1.1.1.1.1.1", "1.4.1.1.3.1"}
"""They should read 4.1.1.1.1.1 and 4.1.1.1.3.1."""
SYNTAXES = (  # noqa: SIM905 - one of them a line is no better to read
    "1.2 1.2.1 1.2.2 1.2.1.99 1.2.4.50 1.2.4.51 1.2.4.57 1.2.4.70 1.2.4.80 1.2.4.81 1.2.4.90 1.2.4.91 1.2.4.92 1.2.4.93 1.2.5"
).split()
"""Its 15 transfer syntaxes, below 1.2.840.10008."""
STANDARD = [
    uid
    for uid, (name, kind, *_) in UID_dictionary.items()
    if kind == "SOP Class" and "Storage" in name and not name.startswith(("Media Storage", "Storage Commitment"))
]
"""Those of the Standard, current and retired ones."""
NOT_YET_NAMED = [f"1.2.840.10008.5.1.4.1.1.{arc}" for arc in ("66.7", "66.8", "9.100.1", "9.100.2")]
PRIVATE = ["1.2.826.0.1.99", "1.3.12.2.1107.5.9.1", "1.2.840.113619.4.27", "2.25.1"]


def below(root, arcs) -> list[str]:
    """UIDs in full."""
    return [f"{root}.{arc}" for arc in arcs]


def accepted(port, contexts) -> set[tuple[str, str]]:
    """SOP Class and transfer syntax of each context that is accepted, 120 proposed at a time."""
    found = set()
    for start in range(0, len(contexts), 120):
        ae = AE("SENDER")
        ae.requested_contexts = [build_context(*each) for each in contexts[start : start + 120]]
        association = ae.associate("127.0.0.1", port)
        found |= {(str(each.abstract_syntax), str(each.transfer_syntax[0])) for each in association.accepted_contexts}
        association.release()
    return found


def test_the_manual_is_whole():
    """136 and 15, none twice; the Standard has all of them but the two misprints."""
    assert len(set(MANUAL)) == len(MANUAL) == 136
    assert len(set(SYNTAXES)) == 15
    assert set(below("1.2.840.10008.5.1", MANUAL)) - set(STANDARD) == set(below("1.2.840.10008.5.1", MISPRINTED))
    assert {"1.2.840.10008.5.1.4.1.1.1.1.1", "1.2.840.10008.5.1.4.1.1.1.3.1"} <= set(STANDARD)
    assert len(STANDARD) > 200


def test_every_class_and_syntax_is_accepted(waiting):
    """The manual's and its misprints, the Standard's, retired and private ones; CT in every transfer syntax, private too."""
    uids = {*below("1.2.840.10008.5.1", MANUAL), *STANDARD, *NOT_YET_NAMED, *PRIVATE}
    syntaxes = {*below("1.2.840.10008", SYNTAXES), *map(str, ALL_TRANSFER_SYNTAXES), "1.2.840.113619.5.2"}
    contexts = [(uid, ExplicitVRLittleEndian) for uid in sorted(uids)] + [(CTImageStorage, syntax) for syntax in sorted(syntaxes)]
    found, _ = waiting(lambda port: accepted(port, contexts))
    assert found == {(str(uid), str(syntax)) for uid, syntax in contexts}


def test_the_original_takes_the_manual_s_but_for_the_misprints(waiting):
    """Which is what is compared with: in all 15 transfer syntaxes each, the misprinted ones in none."""
    uids = below("1.2.840.10008.5.1", MANUAL)
    syntaxes = below("1.2.840.10008", SYNTAXES)
    contexts = [(uid, syntaxes[number % 15]) for number, uid in enumerate(uids)]
    found, _ = waiting(lambda port: accepted(port, contexts), package=THEIRS)
    assert {uid for uid, _ in contexts} - {uid for uid, _ in found} == set(below("1.2.840.10008.5.1", MISPRINTED))


@pytest.mark.parametrize(("package", "status"), [(OURS, 0), (THEIRS, None)])
def test_ours_answers_echo_and_any_called_title(waiting, package, status):
    """As an administrator tries it; the original refuses Verification."""

    def echo(port):
        ae = AE("ADMIN")
        ae.add_requested_context(Verification)
        association = ae.associate("127.0.0.1", port, ae_title="WHOEVER")
        if not association.is_established:
            return None
        answer = association.send_c_echo().Status
        association.release()
        return answer

    found, ran = waiting(echo, package=package)
    assert found == status
    assert ("I: Received Echo Request" in ran.lines) is (status == 0)
