"""Exactly one response to every request: dispatch, and nothing of what is asked."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from interpret_widget._version import __version__
from interpret_widget.errors import InterpretWidgetError

from . import codec, protocol
from .protocol import RefusedError, Request
from .worker import Job, Worker

_log = logging.getLogger("interpret_widget")

#: ``(params, token, progress)`` to a result of plain values and arrays.
Method = Callable[[Mapping[str, Any], threading.Event, Callable[[int, int], None]], Any]
#: ``params`` to a result of plain values; returns at once.
Control = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class _Desk:
    """Questions of one kind, and the thread that answers them."""

    methods: dict[str, Method]
    worker: Worker


class Rpc:
    """Answers the page.

    Parameters
    ----------
    send : callable
        ``(content, buffers)``; may be called from the worker's thread.
    methods : mapping of str to callable
        What can be asked of the explanation shown now.
    epoch : callable
        Number of the explanation shown now; questions about an older one are refused as stale.
    lasting : mapping of str to callable
        What can be asked whichever explanation is shown: `show` leaves these questions alone.
    controls : mapping of str to callable
        Wishes such as to stop. They wait for no work, are never stale, and are not lost in `show`.
    """

    def __init__(
        self,
        send: Callable[[dict[str, Any], list[Any]], None],
        methods: Mapping[str, Method],
        epoch: Callable[[], int],
        *,
        lasting: Mapping[str, Method] | None = None,
        controls: Mapping[str, Control] | None = None,
    ) -> None:
        self._send = send
        self._shown = _Desk(dict(methods), Worker())
        self._lasting = _Desk(dict(lasting or {}), Worker())
        self._controls: dict[str, Control] = {"hello": self._hello, **(controls or {})}
        self._epoch = epoch
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
        shown = self._shown
        if not isinstance(message, Request):
            for desk in (shown, self._lasting):
                desk.worker.cancel(message.id)
        elif message.method in self._controls:
            # Not behind the work: it is the work that they are about.
            self._answer(message, lambda: self._controls[message.method](message.params))
        elif message.method in self._lasting.methods:
            self._ask(self._lasting, message)
        elif message.method not in shown.methods:
            unknown = RefusedError("bad_request", f"there is no method {message.method!r}")
            self._reply(protocol.failed(message.id, unknown))
        elif message.epoch != self._epoch():
            stale = RefusedError("stale", "the explanation has changed since")
            self._reply(protocol.failed(message.id, stale))
        else:
            self._ask(shown, message)

    @property
    def is_busy(self) -> bool:
        """Whether a question about the explanation shown is being answered or waits."""
        return self._shown.worker.is_busy

    def show(self, methods: Mapping[str, Method]) -> None:
        """Answer about another explanation from now on; what waits about the old one is superseded."""
        old, self._shown = self._shown, _Desk(dict(methods), Worker())
        old.worker.close()

    def close(self) -> None:
        """Stop answering."""
        self._shown.worker.close()
        self._lasting.worker.close()

    def _hello(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {"epoch": self._epoch(), "package_version": __version__}

    def _ask(self, desk: _Desk, request: Request) -> None:
        def progress(done: int, total: int) -> None:
            self._reply(protocol.progressed(request.id, done, total))

        def run(token: threading.Event) -> None:
            self._answer(request, lambda: desk.methods[request.method](request.params, token, progress))

        superseded = RefusedError("superseded", "a newer question took its place")
        desk.worker.submit(
            (request.page, request.slot),
            Job(request.id, run, lambda: self._reply(protocol.failed(request.id, superseded))),
        )

    def _answer(self, request: Request, work: Callable[[], Any]) -> None:
        try:
            content, buffers = codec.to_message(work())
            reply = protocol.answered(request.id, content)
        except Exception as error:
            if not isinstance(error, InterpretWidgetError):
                _log.exception("interpret-widget could not answer %r", request.method)
            reply, buffers = protocol.failed(request.id, error), []
        self._reply(reply, buffers)

    def _reply(self, content: dict[str, Any], buffers: list[Any] | None = None) -> None:
        with self._sending:
            self._send(content, buffers or [])
