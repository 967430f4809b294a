"""A detector of another package, asked through a process of its own."""

from __future__ import annotations

import warnings
import weakref

from overpaint.detectors._plugins._answer import Answer, DetectorFault
from overpaint.detectors._plugins._limits import Limits
from overpaint.detectors._plugins._order import Order
from overpaint.detectors._plugins._picture import Easel
from overpaint.detectors._plugins._process import Failed, Process
from overpaint.detectors._protocol import Image
from overpaint.errors import OverpaintError, OverpaintWarning, UsageError

__all__ = ["Isolated"]

_SLOW = 4  # strikes for a picture that takes too long
_FORGIVEN = 20  # answers that take one strike back


class Isolated:
    """A `Detector` whose work is done elsewhere: it may raise, hang, leak, crash, print or answer nonsense.

    What a picture gives depends on the picture alone. A process that died over its second picture or a later one is
    not blamed on the picture: a fresh process sees it again, once. One that has gathered much memory is replaced
    between two pictures. After too many failures it is not asked any more, and every further picture gets a fault, so
    that none counts as looked at.

    Not to be shared between threads.

    Parameters
    ----------
    limits
        What its process may take; None: what `Limits.here` says.

    Raises
    ------
    OverpaintError
        If the detector cannot be opened or does not keep to the protocol.
    """

    def __init__(self, order: Order, limits: Limits | None = None) -> None:
        self._order, self._limits = order, limits or Limits.here()
        self._easel = Easel()
        weakref.finalize(self, self._easel.close)
        try:
            self._process: Process | None = Process(order, self._easel, self._limits)
        except Failed as failed:
            raise UsageError(f"{order} cannot be opened: it {failed}; ask its makers or leave it out") from failed
        self._hello = self._process.hello
        self._strikes = self._answers = 0
        self._off = ""
        self.name, self.version, self.weights = self._hello.name, self._hello.version, self._hello.weights
        self.kinds, self.long_side = self._hello.kinds, self._hello.long_side
        self.licence, self.trained_on = self._hello.licence, self._hello.trained_on

    def detect(self, image: Image) -> Answer:
        """What it sees in an upright RGB picture.

        Raises
        ------
        DetectorFault
            If there is no answer; the message says why.
        """
        while True:
            process = self._running()
            fresh = process.answered == 0
            try:
                answer = process.ask(image)
            except Failed as failed:
                self._process = None
                if fresh or failed.slow:
                    self._strike(failed)
                    raise DetectorFault(str(failed)) from failed
                continue  # perhaps what came before was too much for it
            if process.swollen():
                self.close()
            self._answers += 1
            if self._answers % _FORGIVEN == 0:
                self._strikes = max(0, self._strikes - 1)
            return answer

    def close(self) -> None:
        """End its process; the next picture gets a new one."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def _running(self) -> Process:
        if self._off:
            raise DetectorFault(self._off)
        if self._process is not None and not self._process.alive:  # killed between two pictures: nobody's fault
            self.close()
        if self._process is None:
            try:
                process = Process(self._order, self._easel, self._limits)
            except (Failed, OverpaintError) as error:
                self._turn_off(f"could not be opened again: {error}"[:300])
                raise DetectorFault(self._off) from error
            if process.hello != self._hello:
                process.end()
                self._turn_off("came back as another one: its name, version, weights, kinds or size differ")
                raise DetectorFault(self._off)
            self._process = process
        return self._process

    def _strike(self, failed: Failed) -> None:
        self._strikes += _SLOW if failed.slow else 1
        if self._strikes >= self._limits.strikes:
            self._turn_off(f"was not asked any more after too many failures; the last: it {failed}")

    def _turn_off(self, why: str) -> None:
        self._off = why
        warnings.warn(
            f"{self._order} {why}; pictures from here on are noted as not looked at by it",
            OverpaintWarning,
            stacklevel=4,
        )
