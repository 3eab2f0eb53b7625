"""The plain search: breadth first over the Python source of a model, nothing clever.

`python -m benchmarks.explicit MODEL SIZE [--graph]` prints what it found as JSON. With `--graph`
the whole state graph is kept in networkx, and counted there.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from benchmarks.catalogue import BY_NAME, Model, Parameters

Successors = Callable[[Any], Iterable[Hashable]]


def system(model: Model, parameters: Parameters) -> tuple[Hashable, Successors]:
    """The initial state and the successor function of a model's Python source."""
    path = model.source("py")
    spec = importlib.util.spec_from_file_location(f"benchmarks.models.{model.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    initial, successors = module.system(**parameters)
    return initial, successors


def search(initial: Hashable, successors: Successors) -> tuple[int, int]:
    """How many states and transitions there are."""
    seen = {initial}
    queue = deque([initial])
    transitions = 0
    while queue:
        for target in successors(queue.popleft()):
            transitions += 1
            if target not in seen:
                seen.add(target)
                queue.append(target)
    return len(seen), transitions


def graph(initial: Hashable, successors: Successors) -> tuple[int, int]:
    """The same, the states and transitions being nodes and edges of a networkx graph."""
    import networkx

    built = networkx.MultiDiGraph()
    built.add_node(initial)
    queue = deque([initial])
    while queue:
        state = queue.popleft()
        for target in successors(state):
            if target not in built:
                queue.append(target)
            built.add_edge(state, target)
    return built.number_of_nodes(), built.number_of_edges()


def main() -> None:
    """Search one model and print the counts and the seconds."""
    name, size, *options = sys.argv[1:]
    model = BY_NAME[name]
    initial, successors = system(model, model.sizes[size].parameters)
    started = time.perf_counter()
    states, transitions = (graph if "--graph" in options else search)(initial, successors)
    seconds = time.perf_counter() - started
    print(json.dumps({"states": states, "transitions": transitions, "seconds": seconds}))


if __name__ == "__main__":
    main()
