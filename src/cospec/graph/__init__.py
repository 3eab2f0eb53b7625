"""The state graph of a process, and the formats in which other programs read and write it.

* `states`: what such a graph is, and how it comes of a transition system;
* `writing`: DOT, JSON, Aldebaran, GraphML, networkx;
* `reading`: the same back again, and a graph as a transition system, so that it can be checked.

Pictures are made by `cospec.drawing`.
"""
