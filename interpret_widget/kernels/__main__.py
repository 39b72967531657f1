"""Compile all kernels that this machine lacks: ``python -m interpret_widget.kernels``."""

from __future__ import annotations

from .warming import compile_all

if __name__ == "__main__":
    compile_all()
