"""What the notebooks of these tests define in their first cell."""

from __future__ import annotations

DEFINITIONS = '''import random
import cospec

script = cospec.parse(r"""
channel coin, tea, coffee, mid
channel count : {0..99}
CUSTOMER = coin -> tea -> CUSTOMER
MACHINE = coin -> (tea -> MACHINE |~| coffee -> MACHINE)
SERVED = MACHINE [| {coin, tea, coffee} |] CUSTOMER
ENDLESS = coin -> (let SPIN = mid -> tea -> SPIN within SPIN \\ {mid, tea})
BROKEN = coin -> tea -> coin -> (if head(<>) then STOP else STOP)
WRONG = coin -> (if head(<>) then STOP else STOP)
CLOCKS(n) = ||| i : {0..n-1} @ CLOCK(i, 0)
CLOCK(i, v) = count.(10 * i + v) -> CLOCK(i, (v + 1) % 10)
""")
table = cospec.load(LIBRARY + "/dining_philosophers.csp")

# 5,000 states and 12,000 transitions, of no particular shape.
chance = random.Random(1)
edges = [(chance.randrange(max(0, n - 300), n), f"a.{n % 7}", n) for n in range(1, 5000)]
for n in range(7000):
    state = chance.randrange(4700)
    edges.append((state, f"b.{n % 5}", min(4999, state + chance.randrange(300))))
large = cospec.StateGraph(tuple(f"s{n}" for n in range(5000)), tuple(edges))

many = cospec.choice(*[cospec.prefix(f"event.{n}", cospec.prefix("b")) for n in range(2000)])

name = "<img src=x onerror=\\"window.hacked = true\\">"
hostile = cospec.define(name, lambda: cospec.prefix(name, cospec.prefix("b", hostile())))'''
