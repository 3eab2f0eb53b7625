"""M19, fallback: a request to a primary service behind a breaker, and to a fallback if that fails.

Seed 004, section 3.2, `FallbackService::call`. What the breaker and the primary do to one request
is left open: it may be rejected because the breaker is open, be answered, be refused for what it
asks, fail, be carried out with the reply lost, or never come back.

>>> from cospec.models.model import ModelSystem
>>> asked = AS_WRITTEN.asks(WRITE)
>>> [str(event) for event, _ in ModelSystem(asked).transitions(asked)][:3]
['lose_reply', 'finds_open', 'answers']
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.faults import LostReplies, Timeouts
from cospec.models.model import action, final, require

__all__ = ["AS_WRITTEN", "READ", "REFUSED", "REPAIRED", "REPAIRS", "WRITE", "FallbackService"]

#: Requests: one that changes nothing, and one that does.
READ, WRITE = "read", "write"

# Where the request is.
READY, IN_PRIMARY, HANGING, IN_FALLBACK, ANSWERED = "ready", "primary", "hangs", "fallback", "done"

#: Why the primary has not answered.
OPENED, REFUSED, FAILED = "breaker open", "refused", "failed"


@dataclass(frozen=True)
class FallbackService(Timeouts, LostReplies):
    """A service with a fallback, and one request.

    Attributes:
        classifying: repair: a request that the primary refuses is no failure: the breaker does not
            count it, and the caller hears of it.
        reads_only: repair: the fallback is asked for requests that change nothing, only.
        timeouts: repair: 1 where the caller of the breaker waits for a limited time.
        hanging: whether the call of the primary may never come back.
        lost_replies: how many replies of the primary may be lost.
        request: what is asked.
        at: where the request is.
        reason: why the primary has not answered.
        effects: how often the request has been carried out, if it changes something.
        counted: whether the breaker has counted a failure.
        answer: what the caller gets: "Ok", "Err", or nothing so far.
    """

    classifying: bool = False
    reads_only: bool = False
    timeouts: int = 0
    hanging: bool = True
    lost_replies: int = 1
    request: str = ""
    at: str = READY
    reason: str = ""
    effects: int = 0
    counted: bool = False
    answer: str = ""

    def _carried_out(self) -> FallbackService:
        return replace(self, effects=self.effects + (self.request == WRITE))

    def _err(self, reason: str, counted: bool) -> FallbackService:
        """`circuit_breaker.call` has returned an error; `match` goes on to the fallback."""
        failed = replace(self, reason=reason, counted=counted)
        if reason == REFUSED and self.classifying:
            return replace(failed, at=ANSWERED, answer="Err")
        if self.request == WRITE and self.reads_only:
            return replace(failed, at=ANSWERED, answer="Err")
        return replace(failed, at=IN_FALLBACK)

    @action(request=(READ, WRITE))
    def asks(self, request: str) -> FallbackService:
        """A request comes."""
        require(self.at == READY)
        return replace(self, at=IN_PRIMARY, request=request)

    @action
    def finds_open(self) -> FallbackService:
        """The breaker is open."""
        require(self.at == IN_PRIMARY)
        return self._err(OPENED, counted=False)

    @action
    def answers(self) -> FallbackService:
        """The primary answers."""
        require(self.at == IN_PRIMARY)
        return replace(self._carried_out(), at=ANSWERED, answer="Ok")

    @action
    def refuses(self) -> FallbackService:
        """The primary does not accept the request: it is no valid one."""
        require(self.at == IN_PRIMARY)
        return self._err(REFUSED, counted=not self.classifying)

    @action
    def fails(self) -> FallbackService:
        """The primary is not available."""
        require(self.at == IN_PRIMARY)
        return self._err(FAILED, counted=True)

    def without_reply(self) -> FallbackService:
        """The primary has carried out the request, and the caller hears of an error."""
        require(self.at == IN_PRIMARY)
        return self._carried_out()._err(FAILED, counted=True)

    @action
    def hangs(self) -> list[FallbackService]:
        """The primary does not come back, whether it has carried out the request or not."""
        require(self.at == IN_PRIMARY and self.hanging)
        return [replace(self, at=HANGING), replace(self._carried_out(), at=HANGING)]

    def after_timeout(self) -> FallbackService:
        """Whoever waits for the primary gives up."""
        require(self.at == HANGING)
        return self._err(FAILED, counted=True)

    @action
    def falls_back(self) -> FallbackService:
        """The fallback answers, with Ok."""
        require(self.at == IN_FALLBACK)
        return replace(self._carried_out(), at=ANSWERED, answer="Ok")

    @final
    def answered(self) -> bool:
        """The caller has an answer."""
        return self.at == ANSWERED

    def __str__(self) -> str:
        told = f", answer {self.answer}" if self.answer else ""
        why = f" ({self.reason})" if self.reason else ""
        return f"{self.request or 'no request'} {self.at}{why}, {self.effects} effects{told}"


#: The switches, with what they are as a repair.
REPAIRS = {"classifying": True, "reads_only": True, "timeouts": 1}

AS_WRITTEN = FallbackService()

REPAIRED = FallbackService(classifying=True, reads_only=True, timeouts=1)
