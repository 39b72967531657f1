"""How fast is it, in a real JupyterLab? ``python -m benchmarks`` measures and writes RESULTS.md."""
