"""``dicommove register``: the page for the administrator of an archive; nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conclusion import DONE, DOUBTFUL, Answer, concluded, in_shell_words, remark
from .help_text import HelpText
from .peer_options import add_peer_arguments, peer_of

if TYPE_CHECKING:
    import argparse

    from ..retrieve import Registration

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove register --peer hospital --contact 'A. Meier, phone 1234' > page.txt
  dicommove register --peer PACS@10.0.0.5:104 --calling NOTEBOOK --advertise workstation7.hospital:11113

exit codes: 0 the page can be sent, 2 wrong usage, 3 something in it has to be put right before
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog, parser.formatter_class = _EXAMPLES, HelpText
    add_peer_arguments(parser)
    parser.add_argument("--contact", metavar="TEXT", help="whom the administrator may ask (default: that of the entry)")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_register, arguments)


def _register(arguments: argparse.Namespace) -> Answer:
    with peer_of(arguments) as peer:
        page = peer.registration(contact=arguments.contact)
        warnings = [in_shell_words(warning) for warning in page.warnings]
        text, document = str(page), _document(page, warnings)
    for warning in warnings:
        remark(f"not ready to be sent: {warning}")
    exit_code = DOUBTFUL if warnings else DONE
    return Answer(exit_code, {**document, "exit_code": exit_code}, lambda console: console.print(text, soft_wrap=True))


def _document(page: Registration, warnings: list[str]) -> dict[str, object]:
    way = page.way_back
    return {
        "archive": page.remote.address,
        "subject": page.subject,
        "ae_title": way.ae_title,
        "calling_ae_title": page.remote.calling_ae_title,
        "host": way.host,
        "host_is_a_guess": bool(way.remark) and not way.is_loopback,
        "port": way.port,
        "facts": [{"name": name, "value": value} for name, value in page.facts],
        "entries": page.entries,
        "test": list(page.test),
        "echoes": page.echoes,
        "removal": page.removal,
        "warnings": warnings,
        "text": str(page),
    }
