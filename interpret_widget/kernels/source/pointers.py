"""Types of the arguments: kernels take addresses of plain arrays, and counts."""

from __future__ import annotations

from numba.core import types

f64, f32, i32, i64, u8 = (
    types.CPointer(each) for each in (types.float64, types.float32, types.int32, types.int64, types.uint8)
)
count = types.intp
