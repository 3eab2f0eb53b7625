"""Benchmarks: the same models in CSPM, in PROMELA and in plain Python, explored by each tool.

`python -m benchmarks --help`; what the models are and how to read the results is in README.md.
"""
