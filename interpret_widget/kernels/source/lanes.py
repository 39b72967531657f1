"""Several rows in one register: a Numba type for vectors of the processor.

Loops over arrays leave it to the compiler to find out that stores do not touch later loads; with vectors as
values the program says so. A vector may be several registers wide, which keeps them all busy.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models, register_default
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic

from interpret_widget.kernels.machine import rows_per_block

#: Rounding once after a product and a sum is more exact than rounding twice.
_FUSED = ("contract", "nsz")


class Lanes(types.Type):
    """A vector of numbers, one per row."""

    def __init__(self, element: types.Float, n: int) -> None:
        self.element = element
        self.n = n
        super().__init__(f"Lanes({element} x {n})")

    @property
    def llvm(self) -> ir.VectorType:
        """The register."""
        return ir.VectorType(self.scalar, self.n)

    @property
    def scalar(self) -> ir.Type:
        """One number of it."""
        return ir.DoubleType() if self.element == types.float64 else ir.FloatType()


@register_default(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Lanes) -> None:
        super().__init__(dmm, fe_type, fe_type.llvm)


F64 = Lanes(types.float64, rows_per_block("float64"))
F32 = Lanes(types.float32, rows_per_block("float32"))
#: Of one row: nodes of the quadrature.
NODES = Lanes(types.float64, 8)


class Bits(types.Type):
    """A vector of 32 bits each, one per row."""

    def __init__(self, n: int) -> None:
        self.n = n
        super().__init__(f"Bits({n})")

    @property
    def llvm(self) -> ir.VectorType:
        """The register."""
        return ir.VectorType(ir.IntType(32), self.n)


@register_default(Bits)
class _BitsModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Bits) -> None:
        super().__init__(dmm, fe_type, fe_type.llvm)


class _Elementwise(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 2 and isinstance(args[0], (Lanes, Bits)) and args[0] == args[1]:
            return signature(args[0], *args)
        return None


for _operation, _method in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    infer_global(_operation)(type(f"_{_method}", (_Elementwise,), {"key": _operation}))

    def _lower(context: Any, builder: Any, sig: Any, args: Any, method: str = _method) -> Any:
        return getattr(builder, method)(*args, flags=_FUSED)

    lower_builtin(_operation, Lanes, Lanes)(_lower)


for _operation, _method in {operator.and_: "and_", operator.or_: "or_"}.items():
    infer_global(_operation)(type(f"_{_method}", (_Elementwise,), {"key": _operation}))

    def _lower_bits(context: Any, builder: Any, sig: Any, args: Any, method: str = _method) -> Any:
        return getattr(builder, method)(*args)

    lower_builtin(_operation, Bits, Bits)(_lower_bits)


def _splat(builder: Any, kind: Lanes, number: Any) -> Any:
    undefined = ir.Constant(kind.llvm, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), kind.n), [0] * kind.n)
    return builder.shuffle_vector(first, undefined, zeros)


def _as_vector(builder: Any, pointer: Any, index: Any, vector: Any) -> Any:
    return builder.bitcast(builder.gep(pointer, [index]), vector.as_pointer())


def _of(kind: Lanes) -> Any:
    """The intrinsics of one kind of lanes."""
    pointer = types.CPointer(kind.element)
    size = kind.element.bitwidth // 8

    @intrinsic
    def load(typing: Any, p: Any, i: Any) -> Any:
        """The lanes that begin at ``p[i]``."""

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.load(_as_vector(builder, args[0], args[1], kind.llvm), align=size)

        return kind(pointer, types.intp), lower

    @intrinsic
    def store(typing: Any, p: Any, i: Any, value: Any) -> Any:
        """Write lanes to ``p[i]`` and on."""

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            builder.store(args[2], _as_vector(builder, args[0], args[1], kind.llvm), align=size)
            return context.get_dummy_value()

        return types.void(pointer, types.intp, kind), lower

    @intrinsic
    def splat(typing: Any, number: Any) -> Any:
        """One number in all lanes."""

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            number = args[0]
            if kind.element == types.float32:
                number = builder.fptrunc(number, ir.FloatType())
            return _splat(builder, kind, number)

        return kind(types.float64), lower

    @intrinsic
    def spread(typing: Any, p: Any, i: Any) -> Any:
        """The number ``p[i]`` in all lanes."""

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return _splat(builder, kind, builder.load(builder.gep(args[0], [args[1]])))

        return kind(pointer, types.intp), lower

    @intrinsic
    def follows(typing: Any, x: Any, i: Any, threshold: Any, missing: Any) -> Any:
        """1 in the lanes whose ``x[i]`` is at most the threshold, 0 elsewhere; NaN as ``missing`` says."""

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            wide = ir.VectorType(ir.DoubleType(), kind.n)
            values = builder.load(_as_vector(builder, args[0], args[1], wide), align=8)
            at = _splat(builder, Lanes(types.float64, kind.n), args[2])
            ordered = builder.fcmp_ordered("<=", values, at)
            unordered = builder.fcmp_unordered("<=", values, at)
            goes_missing = cgutils.is_not_null(builder, args[3])
            to_left = builder.select(goes_missing, unordered, ordered)
            one = ir.Constant(kind.llvm, [1.0] * kind.n)
            zero = ir.Constant(kind.llvm, [0.0] * kind.n)
            return builder.select(to_left, one, zero)

        return kind(types.CPointer(types.float64), types.intp, types.float64, types.boolean), lower

    @intrinsic
    def add_to(typing: Any, out: Any, i: Any, value: Any) -> Any:
        """Add lanes to float64 numbers at ``out[i]`` and on."""

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            wide = ir.VectorType(ir.DoubleType(), kind.n)
            where = _as_vector(builder, args[0], args[1], wide)
            added = args[2] if kind.element == types.float64 else builder.fpext(args[2], wide)
            builder.store(builder.fadd(builder.load(where, align=8), added, flags=_FUSED), where, align=8)
            return context.get_dummy_value()

        return types.void(types.CPointer(types.float64), types.intp, kind), lower

    return load, store, splat, spread, follows, add_to


def _bits_of(kind: Lanes) -> Any:
    """The intrinsics of patterns: bits of the rows of one kind of lanes, and numbers looked up by them."""
    bits = Bits(kind.n)
    i32 = types.CPointer(types.int32)
    size = kind.element.bitwidth // 8

    @intrinsic
    def load_bits(typing: Any, p: Any, i: Any) -> Any:
        """The bits that begin at ``p[i]``."""

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.load(_as_vector(builder, args[0], args[1], bits.llvm), align=4)

        return bits(i32, types.intp), lower

    @intrinsic
    def store_bits(typing: Any, p: Any, i: Any, value: Any) -> Any:
        """Write bits to ``p[i]`` and on."""

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            builder.store(args[2], _as_vector(builder, args[0], args[1], bits.llvm), align=4)
            return context.get_dummy_value()

        return types.void(i32, types.intp, bits), lower

    @intrinsic
    def all_bits(typing: Any, pattern: Any) -> Any:
        """The same bits for all rows."""

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            one = builder.trunc(args[0], ir.IntType(32))
            return _splat(builder, bits, one)

        return bits(types.intp), lower

    @intrinsic
    def goes(typing: Any, x: Any, i: Any, threshold: Any, missing: Any, left: Any) -> Any:
        """All bits set for the rows that go to the side asked for, none for the others."""

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            wide = ir.VectorType(ir.DoubleType(), kind.n)
            values = builder.load(_as_vector(builder, args[0], args[1], wide), align=8)
            at = _splat(builder, Lanes(types.float64, kind.n), args[2])
            ordered = builder.fcmp_ordered("<=", values, at)
            unordered = builder.fcmp_unordered("<=", values, at)
            to_left = builder.select(cgutils.is_not_null(builder, args[3]), unordered, ordered)
            set_left = builder.sext(to_left, bits.llvm)
            set_right = builder.not_(set_left)
            return builder.select(cgutils.is_not_null(builder, args[4]), set_left, set_right)

        found = (types.CPointer(types.float64), types.intp, types.float64, types.boolean, types.boolean)
        return bits(*found), lower

    @intrinsic
    def look_up(typing: Any, table: Any, start: Any, at: Any, i: Any) -> Any:
        """The numbers ``table[start + at[i]]`` and on."""

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            out = ir.Constant(kind.llvm, ir.Undefined)
            column = builder.gep(args[0], [args[1]])
            first = builder.gep(args[2], [args[3]])
            for lane in range(kind.n):
                position = ir.Constant(ir.IntType(64), lane)
                index = builder.sext(builder.load(builder.gep(first, [position]), align=4), ir.IntType(64))
                number = builder.load(builder.gep(column, [index]), align=size)
                out = builder.insert_element(out, number, ir.Constant(ir.IntType(32), lane))
            return out

        return kind(types.CPointer(kind.element), types.intp, i32, types.intp), lower

    return load_bits, store_bits, all_bits, goes, look_up


OF_F64 = _of(F64)
OF_F32 = _of(F32)
OF_NODES = _of(NODES)
BITS_OF_F64 = _bits_of(F64)
BITS_OF_F32 = _bits_of(F32)
