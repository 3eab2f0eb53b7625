"""cospec: a model checker for CSP and its machine-readable form, CSPM.

The parts, from the language up:

* `cospec.spec.semantics`: events, process terms and what they mean;
* `cospec.spec.syntax`: from the text of a script to process terms;
* `cospec.spec.library`: ready-made scripts;
* `cospec.checker`: decides claims about processes and finds counterexamples;
* `cospec.cli`: the command line.

Importing this module imports none of them, so that `cospec --help` answers at once.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
