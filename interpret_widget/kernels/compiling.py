"""From a source to an object file, by Numba. Only where the cache has nothing."""

from __future__ import annotations

from importlib import import_module

from .machine import target_machine

#: What an object file may leave to the process: everything else would need Numba to be there.
_KNOWN = ("llvm.", "memset", "memcpy", "memmove", "exp")


def compiled(module: str, name: str) -> tuple[str, list[str], bytes]:
    """Symbol, types of the arguments and object file of a kernel.

    Raises
    ------
    RuntimeError
        The kernel calls what only a process with Numba has.
    """
    import llvmlite.binding as llvm
    import numba

    source = import_module(f".source.{module}", __package__)
    signature, function = source.KERNELS[name]
    # Inlined into its C face, the function is seen not to raise, and all traces of the interpreter vanish.
    made = numba.cfunc(signature, error_model="numpy", forceinline=True)(function)
    parsed = llvm.parse_assembly(made.inspect_llvm())
    foreign = [
        each.name for each in parsed.functions if each.is_declaration and not each.name.startswith(_KNOWN)
    ]
    if foreign:
        raise RuntimeError(f"the kernel {module}.{name} calls {', '.join(foreign)}")
    arguments = [str(getattr(each, "dtype", "count")) for each in signature.args]
    return made.native_name, arguments, bytes(target_machine().emit_object(parsed))
