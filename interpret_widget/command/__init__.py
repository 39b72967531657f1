"""The command line: explain, show and compare without a notebook."""

from .run import main

__all__ = ["main"]
