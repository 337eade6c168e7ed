"""The options of ``movescu``: read, checked one by one, and handed on as a value. Loads nothing that is slow to load."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from ...terms import InformationModel
from ...version import __version__
from ..help_text import HelpText
from . import values

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMPATIBLE", "Options", "parse", "program_version"]

COMPATIBLE = "DICOMMOVE_COMPAT"
"""Environment variable that means ``--compat`` when it is 1."""
DEFAULT_PDU = 16382
_LEVELS = ("critical", "error", "warn", "warning", "info", "debug")
_DESCRIPTION = (
    "movescu is a Service Class User (SCU) of the Query/Retrieve (QR) Service Class and, with --store, a Storage SCP as well. It"
    " sends an Identifier with a C-MOVE request and waits for the responses. The instances are copied to the AE that is the move"
    " destination: to a third one, or with --store to this program."
)
_EPILOG = """examples:
  movescu pacs 104 -aec PACS -S -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2.3 -aem WORKSTATION
  movescu pacs 104 -aec PACS -k QueryRetrieveLevel=PATIENT -k PatientID=P1 --store -od images

exit codes:
  0 complete, 1 no association, 2 wrong usage, 3 partial or with a warning, 4 refused or failed, 5 nothing matched, 6 cancelled
"""


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line.

    Attributes
    ----------
    addr : str
        Host name or IP address of the peer.
    port : int
        Its TCP port.
    log_type : {"q", "v", "d"}
        Quiet, verbose, debug.
    log_level : str or None
        Name of the lowest level that is shown.
    calling_aet, called_aet, move_aet, store_aet : str
        Our AE title, the peer's, the move destination's, and the one of our Storage SCP.
    acse_timeout, dimse_timeout, network_timeout : float
        Seconds.
    max_pdu : int
        Largest PDU that is received, in bytes; 0 means no limit.
    model : InformationModel
    keyword : tuple of str
        Paths with their values, in order.
    file : str or None
        DICOM file whose data set is the Identifier to begin with.
    store, ignore : bool
        Run a Storage SCP; receive without storing.
    store_port : int
    relational_retrieval, enhanced_conversion : bool
        Extended negotiation that is asked for (PS3.4 C.5.2.1).
    output_directory : str or None
        None means the working folder.
    strict : bool
        Refuse a C-MOVE that may match more than it names.
    compat : bool
        Exit codes and overwriting as by the program that this one replaces.
    """

    addr: str
    port: int
    log_type: str
    log_level: str | None
    calling_aet: str
    called_aet: str
    move_aet: str
    acse_timeout: float
    dimse_timeout: float
    network_timeout: float
    max_pdu: int
    model: InformationModel
    keyword: tuple[str, ...]
    file: str | None
    store: bool
    store_port: int
    store_aet: str
    relational_retrieval: bool
    enhanced_conversion: bool
    output_directory: str | None
    ignore: bool
    strict: bool
    compat: bool

    @property
    def program(self) -> str:
        """Name of the module that runs it: what receives is loaded for ``--store`` only."""
        return f"{__package__}.{'storing' if self.store else 'program'}"


def program_version() -> str:
    """Name and version, as ``--version`` prints them."""
    return f"movescu.py v{__version__}"


def parse(argv: Sequence[str]) -> Options:
    """Read the command line.

    Parameters
    ----------
    argv : sequence of str
        Arguments without the program's name.

    Raises
    ------
    SystemExit
        With code 2 after one line on standard error when the usage is wrong; with 0 after ``--help`` and ``--version``.

    Examples
    --------
    >>> options = parse(["pacs", "104", "-k", "PatientID=P1", "-aem", ""])
    >>> options.called_aet, options.move_aet, options.model.name
    ('ANY-SCP', 'MOVESCU', 'PATIENT_ROOT')
    """
    parser = _parser()
    found = vars(parser.parse_args(argv))
    if not found["file"] and not found["keyword"]:
        parser.error("-f and/or -k must be specified")
    found["keyword"] = tuple(found["keyword"] or ())
    found["file"] = found["file"] or None
    found["move_aet"] = found["move_aet"] or found["calling_aet"]
    found["compat"] = found["compat"] or os.environ.get(COMPATIBLE) == "1"
    return Options(**found)


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong; the usage is for who asks for it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="movescu",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        usage="movescu [options] addr port",
        formatter_class=HelpText,
    )
    parameters = parser.add_argument_group("Parameters")
    parameters.add_argument("addr", help="TCP/IP address or hostname of DICOM peer", type=values.host)
    parameters.add_argument("port", help="TCP/IP port number of peer", type=values.port)
    _add_general(parser)
    _add_network(parser.add_argument_group("Network Options"))
    _add_query(parser)
    _add_storage(parser)
    _add_own(parser.add_argument_group("Options of this program alone"))
    return parser


def _add_general(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("General Options")
    group.add_argument("--version", help="print version information and exit", action="version", version=program_version())
    output = group.add_mutually_exclusive_group()
    for short, long, meaning in (
        ("-q", "--quiet", "quiet mode, print no warnings and errors"),
        ("-v", "--verbose", "verbose mode, print processing details (default)"),
        ("-d", "--debug", "debug mode, print debug information"),
    ):
        output.add_argument(short, long, help=meaning, action="store_const", dest="log_type", const=short[1])
    group.add_argument(
        "-ll", "--log-level", metavar="[l]", help=f"use level l for the logger ({', '.join(_LEVELS)})", choices=_LEVELS
    )
    parser.set_defaults(log_type="v")


def _add_network(group: argparse._ArgumentGroup) -> None:
    for short, long, meaning, default in (
        ("-aet", "--calling-aet", "set my calling AE title", "MOVESCU"),
        ("-aec", "--called-aet", "set called AE title of peer", "ANY-SCP"),
    ):
        group.add_argument(
            short, long, metavar="[a]etitle", help=f"{meaning} (default: {default})", type=values.ae_title, default=default
        )
    group.add_argument(
        "-aem",
        "--move-aet",
        metavar="[a]etitle",
        help="set move destination AE title (default: STORESCP; an empty one means the calling AE title)",
        type=lambda text: text and values.ae_title(text),
        default="STORESCP",
    )
    for short, long, meaning in (
        ("-ta", "--acse-timeout", "timeout for ACSE messages"),
        ("-td", "--dimse-timeout", "timeout for DIMSE messages"),
        ("-tn", "--network-timeout", "timeout for the network"),
    ):
        group.add_argument(short, long, metavar="[s]econds", help=f"{meaning} (default: 30 s)", type=values.seconds, default=30.0)
    group.add_argument(
        "-pdu",
        "--max-pdu",
        metavar="[n]umber of bytes",
        help=f"set max receive pdu to n bytes (0 for unlimited, default: {DEFAULT_PDU})",
        type=values.pdu_length,
        default=DEFAULT_PDU,
    )


def _add_query(parser: argparse.ArgumentParser) -> None:
    models = parser.add_argument_group("Query Information Model Options").add_mutually_exclusive_group()
    for short, long, meaning, model in (
        ("-P", "--patient", "use patient root information model (default)", InformationModel.PATIENT_ROOT),
        ("-S", "--study", "use study root information model", InformationModel.STUDY_ROOT),
        ("-O", "--psonly", "use patient/study only information model", InformationModel.PATIENT_STUDY_ONLY),
    ):
        models.add_argument(short, long, help=meaning, action="store_const", dest="model", const=model)
    parser.set_defaults(model=InformationModel.PATIENT_ROOT)
    query = parser.add_argument_group("Query Options")
    query.add_argument(
        "-k",
        "--keyword",
        metavar="[k]eyword: (gggg,eeee)=str, keyword=str",
        help="add or override a query element using either an element tag as (group,element) or the element's keyword (such as"
        " PatientName); may be repeated",
        action="append",
    )
    query.add_argument(
        "-f",
        "--file",
        metavar="path to [f]ile",
        help="use a DICOM file as the query dataset, if used with -k then the elements will be added to or overwrite those"
        " present in the file",
    )


def _add_storage(parser: argparse.ArgumentParser) -> None:
    store = parser.add_argument_group("Storage SCP Options")
    store.add_argument("--store", help="start a Storage SCP that can be used as the move destination", action="store_true")
    store.add_argument(
        "--store-port",
        metavar="[p]ort",
        help="the port number to use for the Storage SCP (default: 11113)",
        type=values.store_port,
        default=11113,
    )
    store.add_argument(
        "--store-aet",
        metavar="[a]etitle",
        help="the AE title to use for the Storage SCP (default: STORESCP)",
        type=values.ae_title,
        default="STORESCP",
    )
    extended = parser.add_argument_group("Extended Negotiation Options")
    extended.add_argument("--relational-retrieval", help="request the use of relational retrieval", action="store_true")
    extended.add_argument(
        "--enhanced-conversion", help="request the use of enhanced multi-frame image conversion", action="store_true"
    )
    output = parser.add_argument_group("Output Options")
    output.add_argument(
        "-od", "--output-directory", metavar="[d]irectory", help="write received objects to directory d (with --store)"
    )
    output.add_argument("--ignore", help="receive data but don't store it (with --store)", action="store_true")


def _add_own(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--strict", help="refuse to send a C-MOVE that may match more than it names", action="store_true")
    group.add_argument(
        "--compat",
        help=f"exit codes and overwriting as by the program that this one replaces (also with {COMPATIBLE}=1)",
        action="store_true",
    )
