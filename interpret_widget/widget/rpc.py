"""Exactly one response to every request: dispatch, and nothing of what is asked."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from interpret_widget._version import __version__
from interpret_widget.errors import InterpretWidgetError

from . import codec, protocol
from .protocol import RefusedError, Request
from .worker import Job, Worker

_log = logging.getLogger("interpret_widget")

#: ``(params, token, progress)`` to a result of plain values and arrays.
Method = Callable[[Mapping[str, Any], threading.Event, Callable[[int, int], None]], Any]


class Rpc:
    """Answers the page.

    Parameters
    ----------
    send : callable
        ``(content, buffers)``; may be called from the worker's thread.
    methods : mapping of str to callable
        What can be asked.
    epoch : callable
        Number of the explanation shown now; questions about an older one are refused as stale.
    """

    def __init__(
        self,
        send: Callable[[dict[str, Any], list[Any]], None],
        methods: Mapping[str, Method],
        epoch: Callable[[], int],
    ) -> None:
        self._send = send
        self._methods = dict(methods)
        self._epoch = epoch
        self._worker = Worker()
        # Two threads must not interleave the parts of their messages.
        self._sending = threading.Lock()

    def handle(self, content: Any) -> None:
        """Take a message of the page; returns at once."""
        try:
            message = protocol.parse(content)
        except RefusedError as error:
            self._reply(protocol.failed(content["id"], error))
            return
        if message is None:
            return
        if not isinstance(message, Request):
            self._worker.cancel(message.id)
            return
        if message.method == "hello":
            # Not behind the work: it asks whether anybody is here.
            self._reply(
                protocol.answered(message.id, {"epoch": self._epoch(), "package_version": __version__})
            )
            return
        refused = self._refusal(message)
        if refused is not None:
            self._reply(protocol.failed(message.id, refused))
            return
        superseded = RefusedError("superseded", "a newer question took its place")
        self._worker.submit(
            (message.page, message.slot),
            Job(
                message.id,
                lambda token: self._answer(message, token),
                lambda: self._reply(protocol.failed(message.id, superseded)),
            ),
        )

    def close(self) -> None:
        """Stop answering."""
        self._worker.close()

    def _refusal(self, request: Request) -> RefusedError | None:
        if request.method not in self._methods:
            return RefusedError("bad_request", f"there is no method {request.method!r}")
        # A run of training is the same whichever of its rounds is shown.
        if request.epoch != self._epoch() and not request.method.startswith("training_"):
            return RefusedError("stale", "the explanation has changed since")
        return None

    def _answer(self, request: Request, token: threading.Event) -> None:
        def progress(done: int, total: int) -> None:
            self._reply(protocol.progressed(request.id, done, total))

        try:
            result = self._methods[request.method](request.params, token, progress)
            content, buffers = codec.to_message(result)
            reply = protocol.answered(request.id, content)
        except Exception as error:
            if not isinstance(error, InterpretWidgetError):
                _log.exception("interpret-widget could not answer %r", request.method)
            reply, buffers = protocol.failed(request.id, error), []
        self._reply(reply, buffers)

    def _reply(self, content: dict[str, Any], buffers: list[Any] | None = None) -> None:
        with self._sending:
            self._send(content, buffers or [])
