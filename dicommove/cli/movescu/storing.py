"""The run of ``movescu --store``: a Storage SCP listens meanwhile, and what was counted is waited for.

Apart from `program`, so that a run without ``--store`` loads nothing that receives.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ...entities import Listener
from ...receive import join
from ...terms import StatusCategory
from .folder import opened
from .program import HARDLY_SECONDS, Run, run_as
from .receiving import Asked, Receiving
from .verdict import Ending

if TYPE_CHECKING:
    from contextlib import ExitStack

    from ...net import MoveResponse
    from .identifier import Identifier
    from .options import Options

__all__ = ["run"]

_STRAGGLERS_SECONDS = 5.0
_PARTING_SECONDS = 0.3
"""How long a sender gets, once everything is here, to release its association."""


def run(options: Options) -> int:
    """Run the program with its Storage SCP and return its exit code."""
    return run_as(_Storing, options)


class _Storing(Run):
    """Receives while it asks."""

    def prepare(self, stack: ExitStack, identifier: Identifier) -> None:
        """Open the folder and the port, before anything is sent."""
        options = self.options
        store = None if options.ignore else stack.enter_context(opened(options.output_directory))
        listener = Listener(port=options.store_port, admit="any")
        asked = Asked(identifier.data_set, converted=options.enhanced_conversion)
        self._receiving = Receiving(store, asked, self.transcript, overwrite=options.compat, max_pdu=listener.max_pdu)
        self._membership = stack.enter_context(join(listener, peer_host=options.addr, claimant=self._receiving))

    def finish(self, final: MoveResponse | None) -> None:
        """Wait for stragglers: archives send after the final response, and some are cut off in the middle of an instance."""
        if final is None:
            if self._membership.associations:
                self._wait(None, HARDLY_SECONDS)
            return
        expected = (final.completed or 0) + (final.warning or 0)  # archives count 0 and send all the same
        hopeful = expected and final.category is not StatusCategory.FAILURE
        self._wait(expected or None, _STRAGGLERS_SECONDS if hopeful else HARDLY_SECONDS)

    def _wait(self, expected: int | None, quiet: float) -> None:
        with self.interruption.noted():
            self._receiving.wait(expected, quiet, lambda: bool(self.interruption))
            until = time.monotonic() + _PARTING_SECONDS
            while self._membership.associations and time.monotonic() < until and not self.interruption:
                time.sleep(0.01)

    def taken(self) -> int:
        """How many bytes have come."""
        return self._receiving.taken

    def ending(self, final: MoveResponse | None) -> Ending:
        """How it ended, with what arrived."""
        receiving = self._receiving
        return Ending(
            final,
            storing=True,
            arrived=receiving.arrived,
            strangers=receiving.strangers,
            refused=receiving.refused,
            interrupted=bool(self.interruption),
        )
