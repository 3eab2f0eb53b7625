"""Writes the document on all messages: `python -m cospec.spec.syntax.catalogue`."""

from __future__ import annotations

from cospec.spec.syntax.catalogue import document

if __name__ == "__main__":
    print(document(), end="")
