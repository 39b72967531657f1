"""What the kernels do, in the part of Python that Numba compiles. Imported only to compile it."""
