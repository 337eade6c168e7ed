"""What an operation tells while it runs: frozen snapshots, made of plain values, for any drawing."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Event", "Snapshot"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in one line.

    Attributes
    ----------
    at : float
        Seconds since the operation began.
    kind : {"request", "response", "arrival", "refusal", "association", "fault", "phase"}
    text : str
        Series facts and numbers only, no patient data.
    path : str or None
        Of an arrival: the file.
    """

    at: float
    kind: str
    text: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of an operation at one moment.

    Attributes
    ----------
    phase : str
        ``waiting``, ``preparing`` (the archive's silence before the first instance), ``transferring``, ``stragglers``,
        ``checking``, ``cancelling``, ``done``; between C-MOVEs ``pausing``, or ``waiting for 18:00`` when the peer has hours, or
        ``waiting for the move of another process``; before all of them ``waiting for port 11113, 29:30 left``;
        before something is asked for again ``waiting for the archive, 12:30 left``, ``the archive is busy, asking again in 4 s``.
    requests_done, requests_total : int
        C-MOVEs ended, and in all.
    received : int
        Distinct instances that are in the folder now.
    expected : int or None
        How many are expected in all; None when nobody said.
    remaining, completed, failed, warning : int or None
        Sub-operations of the running C-MOVE as the peer counts them; None when it did not say.
    size_bytes : int
        Bytes received so far.
    elapsed_s : float
        Seconds since the operation began.
    bytes_per_s : float or None
        Rate of the last seconds; None before the first instance.
    remaining_s : float or None
        Estimate, in the transfer phase and with a known expectation only.
    events : tuple of Event
        The last ones, oldest first.
    phase_s : float
        Seconds since the phase began: of ``preparing``, how long the archive has been silent so far.
    instances_per_s : float or None
        Rate of the last seconds; None before the first instance.
    request : int or None
        Number of the C-MOVE that runs; None between two.
    troubles : tuple of Event
        The last refusals, faults and C-MOVEs that were not complete, oldest first.
    """

    phase: str = "waiting"
    requests_done: int = 0
    requests_total: int = 0
    received: int = 0
    expected: int | None = None
    remaining: int | None = None
    completed: int | None = None
    failed: int | None = None
    warning: int | None = None
    size_bytes: int = 0
    elapsed_s: float = 0.0
    bytes_per_s: float | None = None
    remaining_s: float | None = None
    events: tuple[Event, ...] = ()
    phase_s: float = 0.0
    instances_per_s: float | None = None
    request: int | None = None
    troubles: tuple[Event, ...] = ()

    @property
    def doing(self) -> str:
        """What is going on, in words: the phase; a silent archive with how long it has been so.

        Examples
        --------
        >>> Snapshot("preparing", phase_s=95).doing, Snapshot("transferring", phase_s=95).doing
        ('preparing at the archive, 95 s', 'transferring')
        """
        return f"preparing at the archive, {self.phase_s:.0f} s" if self.phase == "preparing" else self.phase

    @property
    def fraction(self) -> float | None:
        """Part of the expected instances that is there, 0 to 1; None when nothing is known.

        Examples
        --------
        >>> Snapshot(received=5, expected=20).fraction
        0.25
        """
        if not self.expected:
            return None
        return min(1.0, self.received / self.expected)

    def __str__(self) -> str:
        """One line for a terminal, a log or a notebook.

        Examples
        --------
        >>> str(Snapshot("transferring", 0, 2, received=5, expected=20, size_bytes=3_000_000))
        'transferring: 5 of 20 instances, 3.0 MB, C-MOVE 1 of 2'
        """
        of = f" of {self.expected}" if self.expected is not None else ""
        running = min(self.requests_done + 1, self.requests_total)
        parts = [
            f"{self.received}{of} instances",
            f"{self.size_bytes / 1e6:.1f} MB",
            f"C-MOVE {running} of {self.requests_total}",
        ]
        if self.bytes_per_s:
            parts.append(f"{self.bytes_per_s / 1e6:.1f} MB/s")
        if self.remaining_s is not None:
            parts.append(f"{self.remaining_s:.0f} s left")
        return f"{self.doing}: " + ", ".join(parts)
