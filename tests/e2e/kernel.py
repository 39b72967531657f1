"""Ask the kernel behind a notebook, as a second client: what does Python say?"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from jupyter_client.blocking import BlockingKernelClient


class KernelError(RuntimeError):
    """The code raised in the kernel."""


class Kernel:
    """A client of a running kernel. It shares the variables of the notebook, not its cells."""

    def __init__(self, connection_file: Path) -> None:
        self._client = BlockingKernelClient()
        self._client.load_connection_file(str(connection_file))
        self._client.start_channels()
        self._client.wait_for_ready(timeout=30)

    def run(self, code: str, *, timeout: float = 60) -> None:
        self._ask(code, {}, timeout)

    def value(self, expression: str, *, timeout: float = 60) -> Any:
        """Evaluate an expression whose value JSON can hold (numpy numbers and arrays included)."""
        asked = f"__import__('json').dumps({expression}, default=lambda v: v.tolist())"
        reply = self._ask("", {"answer": asked}, timeout)["user_expressions"]["answer"]
        if reply["status"] != "ok":
            raise KernelError(f"{reply['ename']}: {reply['evalue']}\nin {expression}")
        return json.loads(ast.literal_eval(reply["data"]["text/plain"]))

    def close(self) -> None:
        self._client.stop_channels()

    def _ask(self, code: str, expressions: dict[str, str], timeout: float) -> dict[str, Any]:
        reply = self._client.execute_interactive(
            code,
            silent=not expressions,
            store_history=False,
            user_expressions=expressions,
            allow_stdin=False,
            timeout=timeout,
            output_hook=lambda message: None,
        )
        content: dict[str, Any] = reply["content"]
        if content["status"] != "ok":
            raise KernelError("\n".join(content.get("traceback", [content["status"]])))
        return content
