"""Messages and associations as blocks of lines, in the form of pynetdicom's debug log. Pure: values in, lines out.

What is shown of a C-STORE is its command set; values of its data set are shown at no level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydicom.uid import UID

from ...terms import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ...net import MoveResponse
    from ...receive import StoreRequest

__all__ = ["accepted_association", "move_request", "move_response", "proposed_association", "store_request"]

_PRIORITIES = {0: "Medium", 1: "High", 2: "Low"}
_RESULTS = {0: "Accepted", 3: "Abstract Syntax Not Supported", 4: "Transfer Syntax(es) Not Supported"}
_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"


def move_request(model_uid: str, destination: str, message_id: int) -> list[str]:
    """Show a C-MOVE-RQ (PS3.7 9.3.4.1).

    Examples
    --------
    >>> move_request("1.2.840.10008.5.1.4.1.2.2.2", "STORESCP", 1)[3]
    'Affected SOP Class UID        : Study Root Query/Retrieve Information Model - MOVE'
    """
    fields = (
        ("Message Type", "C-MOVE RQ"),
        ("Message ID", message_id),
        ("Affected SOP Class UID", _name(model_uid)),
        ("Move Destination", destination),
        ("Identifier", "Present"),
        ("Priority", "Low"),
    )
    return _block("OUTGOING DIMSE MESSAGE", "DIMSE MESSAGE", _fields(fields))


def move_response(response: MoveResponse, model_uid: str, message_id: int, context_id: int) -> list[str]:
    """Show a C-MOVE-RSP (PS3.7 9.3.4.2); what the archive did not say is left out."""
    counts = (
        ("Remaining Sub-operations", response.remaining),
        ("Completed Sub-operations", response.completed),
        ("Failed Sub-operations", response.failed),
        ("Warning Sub-operations", response.warning),
    )
    fields = (
        ("Message Type", "C-MOVE RSP"),
        ("Presentation Context ID", context_id),
        ("Message ID Being Responded To", message_id),
        ("Affected SOP Class UID", _name(model_uid)),
        *((label, count) for label, count in counts if count is not None),
        ("Identifier", "Present" if response.failed_uids else "None"),
        ("Status", f"0x{response.status:04X}"),
    )
    return _block("INCOMING DIMSE MESSAGE", "DIMSE MESSAGE", _fields(fields))


def store_request(request: StoreRequest) -> list[str]:
    """Show a C-STORE-RQ (PS3.7 9.3.1.1)."""
    originator = (("Move Originator", request.move_originator),) if request.move_originator else ()
    fields = (
        ("Message Type", "C-STORE RQ"),
        ("Presentation Context ID", request.context_id),
        ("Message ID", request.message_id),
        ("Affected SOP Class UID", _name(request.sop_class_uid)),
        ("Affected SOP Instance UID", request.sop_instance_uid),
        *originator,
        ("Data Set", "Present"),
        ("Priority", _PRIORITIES.get(request.priority, request.priority)),
    )
    return _block("INCOMING DIMSE MESSAGE", "DIMSE MESSAGE", _fields(fields))


def proposed_association(facts: Mapping[str, Any]) -> list[str]:
    """Show the A-ASSOCIATE-RQ of a sender (PS3.8 9.3.2)."""
    contexts = facts["contexts"]
    lines = [
        f"Their Implementation Class UID:      {facts['implementation_class_uid'] or 'unknown'}",
        f"Their Implementation Version Name:   {facts['implementation_version'] or 'unknown'}",
        *_titles(facts),
        f"Their Max PDU Receive Size:  {facts['max_length']}",
        "Presentation Context:" if len(contexts) == 1 else "Presentation Contexts:",
        *(line for context in contexts for line in _proposed(context)),
    ]
    return ["Request Parameters:", *_block("INCOMING A-ASSOCIATE-RQ PDU", "A-ASSOCIATE-RQ PDU", lines)]


def _proposed(context: Mapping[str, Any]) -> Iterator[str]:
    offered = context["offered"]
    yield f"  Context ID:        {context['context_id']} (Proposed)"
    yield f"    Abstract Syntax: ={_name(context['abstract_syntax'])}"
    yield "    Proposed SCP/SCU Role: Default"
    yield f"    Proposed Transfer Syntax{'es' * (len(offered) != 1)}:"
    yield from (f"      ={_name(syntax)}" for syntax in offered)


def accepted_association(facts: Mapping[str, Any], max_pdu: int) -> list[str]:
    """Show the A-ASSOCIATE-AC that answers it (PS3.8 9.3.3)."""
    lines = [
        f"Our Implementation Class UID:      {IMPLEMENTATION_CLASS_UID}",
        f"Our Implementation Version Name:   {IMPLEMENTATION_VERSION_NAME}",
        *_titles(facts),
        f"Our Max PDU Receive Size:    {max_pdu}",
        "Presentation Contexts:",
    ]
    for context in facts["contexts"]:
        lines += [
            f"  Context ID:        {context['context_id']} ({_RESULTS[context['result']]})",
            f"    Abstract Syntax: ={_name(context['abstract_syntax'])}",
        ]
        if context["chosen"] is not None:
            lines += ["    Accepted SCP/SCU Role: Default", f"    Accepted Transfer Syntax: ={_name(context['chosen'])}"]
    return ["Accept Parameters:", *_block("OUTGOING A-ASSOCIATE-AC PDU", "A-ASSOCIATE-AC PDU", lines)]


def _titles(facts: Mapping[str, Any]) -> Iterator[str]:
    yield f"Application Context Name:    {_APPLICATION_CONTEXT}"
    yield f"Calling Application Name:    {facts['calling_ae_title']}"
    yield f"Called Application Name:     {facts['called_ae_title']}"


def _fields(fields: Iterable[tuple[str, object]]) -> list[str]:
    return [f"{label:<30}: {value}" for label, value in fields]


def _block(title: str, what: str, lines: Iterable[str]) -> list[str]:
    begin, end = f" {title} ", f" END {what} "
    return [f"{begin:=^76}", *lines, f"{end:=^76}"]


def _name(uid: str) -> str:
    """Name of a UID of the Standard; any other stays as it is, without a judgement on it."""
    return UID(uid, validation_mode=0).name
