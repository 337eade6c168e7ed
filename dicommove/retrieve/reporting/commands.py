"""The shell lines that repeat a retrieval with other programs: pynetdicom's ``movescu``, DCMTK's, and ours. Pure."""

from __future__ import annotations

import ipaddress
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...terms import InformationModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["FOLDER", "PROGRAMS", "Call", "command_lines", "with_receiver"]

FOLDER = "received"
"""Where the lines put what they receive."""

_MODELS = {
    InformationModel.PATIENT_ROOT: "-P",
    InformationModel.STUDY_ROOT: "-S",
    InformationModel.PATIENT_STUDY_ONLY: "-O",
}


@dataclass(frozen=True, slots=True)
class Call:
    """Whom to call, as whom, and where the instances go.

    Attributes
    ----------
    host : str
    port : int
    called, calling, destination : str
        AE titles.
    listen : int or None
        Port that the archive knows of the destination; None when the instances go to another system.
    """

    host: str
    port: int
    called: str
    calling: str
    destination: str
    listen: int | None = None

    @property
    def is_local(self) -> bool:
        """Whether the archive is called at a loopback address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def command_lines(program: str, call: Call, model: InformationModel, identifiers: Iterable[Mapping[str, str]]) -> Iterator[str]:
    r"""Give one line for each C-MOVE, quoted for a POSIX shell.

    Parameters
    ----------
    program : {"pynetdicom", "dcmtk", "dicommove"}
    call : Call
    model : InformationModel
        The one that the archive accepted.
    identifiers : iterable of Mapping
        Keyword to text of each Identifier, in the order in which they were sent.

    Examples
    --------
    >>> call = Call("10.0.0.5", 104, "PACS", "NOTEBOOK", "NOTEBOOK", 11113)
    >>> keys = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": "1.2"}
    >>> print(*command_lines("dcmtk", call, InformationModel.STUDY_ROOT, [keys]))  # doctest: +NORMALIZE_WHITESPACE
    movescu -S -aec PACS -aet NOTEBOOK -aem NOTEBOOK +P 11113 +xa -od received
        -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2 10.0.0.5 104
    """
    titles = ["-aec", call.called, "-aet", call.calling, "-aem", call.destination]
    for keys in identifiers:
        named = [word for keyword, text in keys.items() for word in ("-k", f"{keyword}={text}")]
        yield shlex.join(PROGRAMS[program](call, [_MODELS[model], *titles], named))


def with_receiver(program: str, call: Call, lines: Sequence[str]) -> list[str]:
    """Put a receiver around the lines where the program has none that another computer can reach.

    ``--store`` of pynetdicom's ``movescu`` listens on localhost only, so that no archive elsewhere can send to it.

    Examples
    --------
    >>> with_receiver("pynetdicom", Call("10.0.0.5", 104, "PACS", "ME", "ME", 11113), ["..."])[::3]
    ['python -m pynetdicom storescp 11113 -aet ME -od received &', 'kill $!']
    """
    if program != "pynetdicom" or call.listen is None or call.is_local:
        return list(lines)
    receiver = ["python", "-m", "pynetdicom", "storescp", str(call.listen), "-aet", call.destination, "-od", FOLDER]
    return [f"{shlex.join(receiver)} &", "sleep 5", *lines, "kill $!"]


def _dcmtk(call: Call, options: list[str], keys: list[str]) -> list[str]:
    """Every transfer syntax is taken. Not with ``+B``: 3.6.7 then forgets the folder that ``-od`` names."""
    own = [] if call.listen is None else ["+P", str(call.listen), "+xa", "-od", FOLDER]
    return ["movescu", *options, *own, *keys, call.host, str(call.port)]


def _pynetdicom(call: Call, options: list[str], keys: list[str]) -> list[str]:
    asking = call if call.is_local else replace(call, listen=None)
    return ["python", "-m", "pynetdicom", "movescu", *_python_options(asking, options, keys)]


def _ours(call: Call, options: list[str], keys: list[str]) -> list[str]:
    return ["python", "-m", "dicommove", "movescu", *_python_options(call, options, keys)]


def _python_options(call: Call, options: list[str], keys: list[str]) -> list[str]:
    """Address first: their ``-k`` takes several words."""
    own = ["--store", "--store-port", str(call.listen), "--store-aet", call.destination, "-od", FOLDER]
    return [call.host, str(call.port), *options, *([] if call.listen is None else own), *keys]


PROGRAMS = {"pynetdicom": _pynetdicom, "dcmtk": _dcmtk, "dicommove": _ours}
"""Programs by name, each with what makes its words."""
