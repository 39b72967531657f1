"""Machine code of the kernels: compiled once on a machine, then loaded in milliseconds.

Numba compiles the sources; what it makes is kept as an object file in the user's cache and loaded by LLVM
alone, because importing Numba takes longer than most explanations do.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import sys
import tempfile
import threading
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

_SOURCE = Path(__file__).parent / "source"
_PATIENCE = 0.2  # seconds of compiling before it is said
_LINE = 64  # bytes of a line of the cache
#: Blocks of rows that a sweep takes through a tree before it turns to the next tree.
BLOCKS_PER_TILE = 8
_lock = threading.RLock()
_ready: dict[tuple[str, str], Kernel] = {}


class Kernel:
    """A compiled function of counts and arrays; it runs without the interpreter's lock.

    Attributes
    ----------
    direct : callable
        Takes integers alone: counts, and addresses of arrays that the caller keeps alive. Nothing is checked.
    """

    def __init__(self, symbol: str, arguments: list[str], code: bytes) -> None:
        llvm = _llvm()
        # Never unloaded: there is one of each kernel in a process.
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        where = self._engine.get_function_address(symbol)
        if not where:
            raise RuntimeError(f"the compiled kernel has no {symbol}")
        self._arguments = tuple(None if each == "count" else np.dtype(each) for each in arguments)
        self.direct = ctypes.CFUNCTYPE(None, *[ctypes.c_ssize_t] * len(arguments))(where)

    def __call__(self, *arguments: int | np.ndarray) -> None:
        """Call with arrays of the types that the source names, in C order."""
        self.direct(*self.addresses(*arguments))

    def addresses(self, *arguments: int | np.ndarray, start: int = 0) -> list[int]:
        """What `direct` takes in place of these, the arguments from ``start`` on; types are checked."""
        out = []
        for each, dtype in zip(arguments, self._arguments[start:], strict=False):
            if isinstance(each, np.ndarray):
                if each.dtype != dtype:
                    raise TypeError(f"a kernel was given {each.dtype} for {dtype}")
                out.append(address(each))
            else:
                assert dtype is None
                out.append(int(each))
        return out


def kernel(module: str, name: str) -> Kernel:
    """A function of the sources, compiled unless this machine has it already.

    Parameters
    ----------
    module : str
        A module of ``source``.
    name : str
        One of its ``KERNELS``.
    """
    ready = _ready.get((module, name))
    if ready is not None:
        return ready
    with _lock:
        if (module, name) in _ready:
            return _ready[module, name]  # another thread was first
        path = cache_directory() / f"{module}-{name}-{_key()}.o"
        found = _read(path)
        if found is None:
            found = _announced(module, name)
            _write(path, *found)
        _ready[module, name] = Kernel(*found)
        return _ready[module, name]


def address(array: np.ndarray) -> int:
    """Where the numbers of a C-ordered array begin."""
    if not array.flags.c_contiguous:
        raise TypeError("kernels take arrays in C order")
    return int(array.__array_interface__["data"][0])


def aligned(shape: tuple[int, ...], dtype: Any = np.float64) -> np.ndarray:
    """Zeros that begin at a line of the cache: vectors that straddle two take twice as long."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    room = np.zeros(size + _LINE, dtype=np.uint8)
    start = -address(room) % _LINE
    return np.asarray(room[start : start + size].view(dtype).reshape(shape))


@cache
def rows_per_block(real: str) -> int:
    """Rows that a sweep takes at once: four registers of the widest processors, eight of others."""
    return (256 if "+avx512f" in _features() else 128) // np.dtype(real).itemsize


@cache
def terms_per_block() -> int:
    """Terms of a product game that one register holds."""
    return rows_per_block("float64") // 4


def cache_directory() -> Path:
    """Where compiled kernels are kept: ``INTERPRET_WIDGET_CACHE``, or the user's cache directory."""
    chosen = os.environ.get("INTERPRET_WIDGET_CACHE")
    if chosen:
        return Path(chosen)
    try:
        home = Path.home()
    except RuntimeError:  # a user without a name, as in some containers
        return Path(tempfile.gettempdir()) / f"interpret-widget-{os.getuid() if hasattr(os, 'getuid') else 0}"
    if sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        root = home / "Library" / "Caches"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return root / "interpret-widget"


@lru_cache(maxsize=1)
def _key() -> str:
    """Changes with whatever the machine code depends on."""
    llvm = _llvm()
    digest = hashlib.sha256()
    for path in sorted(_SOURCE.glob("*.py")):
        digest.update(path.read_bytes())
    facts = (
        BLOCKS_PER_TILE,
        metadata.version("numba"),
        metadata.version("llvmlite"),
        sys.version_info[:2],
        llvm.get_process_triple(),
        llvm.get_host_cpu_name(),
        _features(),
    )
    digest.update(repr(facts).encode())
    return digest.hexdigest()[:24]


def _read(path: Path) -> tuple[str, list[str], bytes] | None:
    """Symbol, arguments and code, where the file is there, whole, and the user's own."""
    try:
        with path.open("rb") as file:
            if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
                return None  # code that somebody else left is not run
            head, _, code = file.read().partition(b"\n")
        facts = json.loads(head)
        if facts["sha256"] != hashlib.sha256(code).hexdigest():
            return None
        return str(facts["symbol"]), [str(each) for each in facts["arguments"]], code
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _write(path: Path, symbol: str, arguments: list[str], code: bytes) -> None:
    part: str | None = None
    facts = {"symbol": symbol, "arguments": arguments, "sha256": hashlib.sha256(code).hexdigest()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            part = file.name
            file.write(json.dumps(facts).encode() + b"\n" + code)
        os.replace(part, path)
    except OSError:  # a home that cannot be written to, or is full: compiled again in the next process
        if part is not None:
            with contextlib.suppress(OSError):
                os.unlink(part)


def _announced(module: str, name: str) -> tuple[str, list[str], bytes]:
    """Compile; where that takes long, it is said."""
    timer = threading.Timer(_PATIENCE, _say)
    timer.daemon = True
    timer.start()
    try:
        from .compiling import compiled

        return compiled(module, name)
    finally:
        timer.cancel()


@lru_cache(maxsize=1)
def _say() -> None:
    """Once in a process, however many kernels there are."""
    print("interpret-widget: compiling its kernels, once on this machine ...", file=sys.stderr)


def target_machine() -> Any:
    """The processor at hand, as LLVM is told of it."""
    llvm = _llvm()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=_features(),
        opt=3,
        reloc="static" if "x86" in llvm.get_process_triple() else "default",
        codemodel="jitdefault",
        jit=True,
    )


@lru_cache(maxsize=1)
def _features() -> str:
    try:
        return str(_llvm().get_host_cpu_features().flatten())
    except RuntimeError:
        return ""  # unknown to LLVM: its name says enough


@lru_cache(maxsize=1)
def _llvm() -> Any:
    import llvmlite.binding as llvm

    with contextlib.suppress(RuntimeError):  # newer versions do it themselves, and say so
        llvm.initialize()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm
