"""SHELL: the commands, each a thin layer over the API; a command's module is loaded when it is called."""

from __future__ import annotations

from .command_line import main

__all__ = ["main"]
