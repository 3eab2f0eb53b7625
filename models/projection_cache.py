"""M06, the query model of seed 003, section 3.3: a projection behind a cache.

`QueryModel::query` asks the cache; on a miss it executes the query on the projection, and puts the
result into the cache. In between others run, as it awaits each time. The model has one query, of
which the result is known by the number of events that it reflects, one client, and events that the
projection processes; `AmongOthers` has any number of other clients.

>>> stale = QueryModel().miss().fill().process()
>>> str(stale), str(stale.hit())
('1 processed, cached 0, answered 0', '1 processed, cached 0, answered 0 where 1 were processed')
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.model import action, integers, invariant, require

__all__ = ["CACHE_REPAIRS", "COMPARED", "TAGGED", "AmongOthers", "QueryModel"]

#: Where there is nothing.
NOTHING = -1


@dataclass(frozen=True)
class QueryModel:
    """`QueryModel`, one client, and what the projection has processed.

    Attributes:
        invalidating: repair, the obvious one: an event removes the entry from the cache.
        comparing: repair: an entry is set only where the version of the projection is that which
            the query has noted (compare and set).
        tagged: repair: an entry has that version as a tag, and is served only where the version of
            the projection is the tag.
        tag_first: whether the version is noted before the query is executed; else after it.
        events: how many events will be processed.
        version: how many were.
        cached: the result in the cache.
        tag: its tag.
        reading: the result that the client is about to put into the cache.
        noted: the version that it has noted for it.
        began: how many events were processed when its query began.
        asked: how many events were processed when the last query that is answered began.
        answer: what it was answered.
    """

    invalidating: bool = False
    comparing: bool = False
    tagged: bool = False
    tag_first: bool = True
    events: int = 1
    version: int = 0
    cached: int = NOTHING
    tag: int = NOTHING
    reading: int = NOTHING
    noted: int = NOTHING
    began: int = NOTHING
    asked: int = NOTHING
    answer: int = NOTHING

    @action
    def process(self) -> QueryModel:
        """The projection processes an event; with it, an entry is removed in the same step."""
        require(self.events > 0)
        after = replace(self, events=self.events - 1, version=self.version + 1)
        return replace(after, cached=NOTHING, tag=NOTHING) if self.invalidating else after

    def _served(self) -> bool:
        """Whether `cache.get` gives the entry."""
        return self.cached >= 0 and (not self.tagged or self.tag == self.version)

    @action(fair=True)
    def hit(self) -> QueryModel:
        """A query finds an entry in the cache, and answers with it."""
        require(self.reading == NOTHING)
        require(self._served())
        return replace(self, asked=self.version, answer=self.cached)

    @action(fair=True)
    def miss(self) -> QueryModel:
        """A query finds none, and is executed."""
        require(self.reading == NOTHING)
        require(not self._served())
        return replace(self, reading=self.version, noted=self.version, began=self.version)

    @action
    def be_slow(self) -> QueryModel:
        """The version and the result are not read at once: the second of them is read now."""
        require(self.reading >= 0)
        if self.tag_first:
            return replace(self, reading=self.version)
        return replace(self, noted=self.version)

    @action(fair=True)
    def fill(self) -> QueryModel:
        """The result is put into the cache, and the query answered."""
        require(self.reading >= 0)
        done = replace(
            self, reading=NOTHING, noted=NOTHING, began=NOTHING,
            asked=self.began, answer=self.reading,
        )  # fmt: skip
        if self.comparing and self.noted != self.version:
            return done
        return replace(done, cached=self.reading, tag=self.noted)

    # ------------------------------------------------------------------------------- properties

    @invariant
    def answers_fresh(self) -> bool:
        """The last answer reflects all events that were processed before the query."""
        return self.answer >= self.asked

    @invariant
    def cache_fresh(self) -> bool:
        """What the cache serves reflects all events that are processed."""
        return not self._served() or self.cached == self.version

    @invariant
    def reads_in_order(self) -> bool:
        """What is read and noted is at most what is processed, in the order in which it was."""
        older, newer = self.noted, self.reading
        if not self.tag_first:
            older, newer = self.reading, self.noted
        none = self.reading == NOTHING and self.noted == NOTHING and self.began == NOTHING
        return none or 0 <= self.began <= older <= newer <= self.version

    @invariant
    def entries_in_order(self) -> bool:
        """So is what is in the cache."""
        older, newer = (self.tag, self.cached) if self.tag_first else (self.cached, self.tag)
        none = self.cached == NOTHING and self.tag == NOTHING
        return none or 0 <= older <= newer <= self.version

    @invariant
    def counts(self) -> bool:
        """Events are counted from 0."""
        return self.version >= 0

    def __str__(self) -> str:
        parts = [f"{self.version} processed"]
        parts += [f"cached {self.cached}"] if self.cached >= 0 else []
        parts += [f"read {self.reading}"] if self.reading >= 0 else []
        if self.answer >= 0:
            late = f" where {self.asked} were processed" if self.answer < self.asked else ""
            parts.append(f"answered {self.answer}{late}")
        return ", ".join(parts)


@dataclass(frozen=True)
class AmongOthers(QueryModel):
    """The same with any number of other clients, of which nothing is known but what holds of each:
    that it reads and notes in order. That it does is an invariant of the client here, who is
    any of them."""

    @action(result=integers(), noted=integers())
    def other_fill(self, result: int, noted: int) -> QueryModel:
        """Another client puts its result into the cache."""
        if self.tag_first:
            require(0 <= noted <= result <= self.version)
        else:
            require(0 <= result <= noted <= self.version)
        require(not self.comparing or noted == self.version)
        return replace(self, cached=result, tag=noted)


#: The switches of the cache whose entries are tagged.
CACHE_REPAIRS = ("tagged", "tag_first")

TAGGED = QueryModel(tagged=True)
COMPARED = QueryModel(invalidating=True, comparing=True)
