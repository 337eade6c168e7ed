"""Our entry as some archives write it, and the C-ECHO that each sends to it: what an administrator copies. Pure."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PLACES", "REMARKS", "SYMBOL", "echo_lines", "entries_of"]

SYMBOL = "dicommove"
"""Our name within the configuration of dcmqrscp."""
PLACES = {
    "Orthanc": "orthanc.json, within DicomModalities",
    "DCMTK dcmqrscp": "in HostTable",
    "pynetdicom qrscp": "its configuration file",
}
"""By archive: where the entry stands."""
REMARKS = {
    "Orthanc": (
        "Start it again; or PUT the value to /modalities/NAME while it runs, which lasts only where DicomModalitiesInDatabase is "
        "on. Where DicomCheckModalityHost is on, Host has to be the address that we call from, as it sees it."
    ),
    "DCMTK dcmqrscp": (
        f"Put {SYMBOL} as Peers into AETable unless ANY stands there, and start it again. It lets in by name: where the host "
        "above is a number, write the name that it resolves to on the archive's host (getent hosts NUMBER), else it answers that "
        "the called AE title is not recognised."
    ),
    "pynetdicom qrscp": "Start it again.",
}
"""By archive: what else is to be done there."""


def entries_of(titles: Sequence[str], host: str, port: int, *, tls: bool) -> dict[str, str]:
    """Write the entry for each archive.

    Parameters
    ----------
    titles : sequence of str
        Our AE titles: of the listener, then another one that we call under, if there is one.
    host, port
        Of our listener.
    tls : bool
        Whether the listener wants TLS.

    Examples
    --------
    >>> print(entries_of(["TAKES", "ASKS"], "ws7", 4242, tls=False)["DCMTK dcmqrscp"])
    dicommove1 = (TAKES, ws7, 4242)
    dicommove2 = (ASKS, ws7, 4242)
    dicommove = dicommove1, dicommove2
    """
    secured = {"UseDicomTls": True} if tls else {}
    values = {title: json.dumps({"AET": title, "Host": host, "Port": port, **secured}) for title in titles}
    return {
        "Orthanc": ",\n".join(f"{json.dumps(title)}: {value}" for title, value in values.items()),
        "DCMTK dcmqrscp": "\n".join(_host_table(titles, host, port)),
        "pynetdicom qrscp": f"[{titles[0]}]\naddress: {host}\nport: {port}",
    }


def _host_table(titles: Sequence[str], host: str, port: int) -> list[str]:
    """Lines of HostTable: where there are two titles, one name for both."""
    if len(titles) == 1:
        return [f"{SYMBOL} = ({titles[0]}, {host}, {port})"]
    names = [f"{SYMBOL}{number}" for number in range(1, len(titles) + 1)]
    lines = [f"{name} = ({title}, {host}, {port})" for name, title in zip(names, titles, strict=True)]
    return [*lines, f"{SYMBOL} = {', '.join(names)}"]


def echo_lines(archive: str, title: str, place: tuple[str, str], *, tls: bool) -> dict[str, str]:
    """Write the lines that send a C-ECHO to us, by whose tool it is; for a shell on the archive's host.

    Parameters
    ----------
    archive, title : str
        AE titles: the archive's, and that of our listener.
    place : (str, str)
        Host and port of our listener.
    tls : bool
        Whether the listener wants TLS.

    Examples
    --------
    >>> echo_lines("PACS", "NOTEBOOK", ("ws7", "11113"), tls=False)["DCMTK"]
    'echoscu -aet PACS -aec NOTEBOOK ws7 11113'
    """
    secured = ["+tls", "KEY.pem", "CERTIFICATE.pem", "+cf", "AUTHORITY.pem"] if tls else []
    path = "/".join(("http://localhost:8042/modalities", title.replace(" ", "%20"), "echo"))
    return {
        "Orthanc": shlex.join(["curl", "-X", "POST", "-d", "{}", path]),
        "DCMTK": shlex.join(["echoscu", *secured, "-aet", archive, "-aec", title, *place]),
    }
