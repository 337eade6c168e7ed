"""How the help of a command is laid out."""

from __future__ import annotations

import argparse
import textwrap

__all__ = ["HelpText"]


class HelpText(argparse.RawDescriptionHelpFormatter):
    """Examples stay lines that can be copied; prose is wrapped to the terminal, as argparse does with the options."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(_laid_out(paragraph, width, indent) for paragraph in text.strip("\n").split("\n\n")) + "\n"


def _laid_out(paragraph: str, width: int, indent: str) -> str:
    lines = paragraph.splitlines()
    if any(line.startswith(" ") for line in lines):
        return "\n".join(indent + line for line in lines)
    return textwrap.fill(paragraph, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
