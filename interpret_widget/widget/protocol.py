"""Messages of the wire: what comes in is checked, what goes out has one form. See ``docs/protocol.md``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interpret_widget.errors import (
    CancelledError,
    InterpretWidgetError,
    InvalidEditError,
    InvalidInputError,
)


@dataclass(frozen=True)
class Request:
    """A question of the page.

    Attributes
    ----------
    id : str
        Comes back with the answer; its part before the last dash is the page's own.
    slot : str
        One question per slot and page is worth answering: the newest.
    epoch : int
        The explanation that the page was showing.
    method : str
    params : mapping
    """

    id: str
    slot: str
    epoch: int
    method: str
    params: Mapping[str, Any]

    @property
    def page(self) -> str:
        """Who asks: slots of different pages do not compete."""
        return self.id.rpartition("-")[0]


@dataclass(frozen=True)
class Cancel:
    """The page has lost interest."""

    id: str


class RefusedError(InterpretWidgetError):
    """A question that is not answered, with a code that the page understands.

    Parameters
    ----------
    code : {"no_model", "stale", "superseded", "bad_request"}
    message : str
    hint : str, optional
    """

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


def parse(content: Any) -> Request | Cancel | None:
    """A message of the page; None for what is not ours.

    Raises
    ------
    RefusedError
        A request that lacks a part. Its ``id``, if it has one, can still be answered.
    """
    if not isinstance(content, Mapping) or not isinstance(content.get("id"), str):
        return None
    if content.get("kind") == "cancel":
        return Cancel(content["id"])
    if content.get("kind") != "request":
        return None
    method, params = content.get("method"), content.get("params", {})
    if not isinstance(method, str) or not isinstance(params, Mapping):
        raise RefusedError("bad_request", "a request needs a method and params")
    epoch = content.get("epoch", 0)
    return Request(
        content["id"],
        str(content.get("slot", method)),
        epoch if isinstance(epoch, int) else 0,
        method,
        params,
    )


def answered(request_id: str, result: Any) -> dict[str, Any]:
    """A good answer."""
    return {"kind": "response", "id": request_id, "ok": True, "result": result}


def failed(request_id: str, error: BaseException) -> dict[str, Any]:
    """An answer that says why there is none."""
    return {"kind": "response", "id": request_id, "ok": False, "error": describe(error)}


def progressed(request_id: str, done: int, total: int, text: str = "") -> dict[str, Any]:
    """How far an answer is."""
    return {"kind": "progress", "id": request_id, "done": int(done), "total": int(total), "text": text}


def describe(error: BaseException) -> dict[str, Any]:
    """``ErrorInfo`` of ``js/src/protocol.ts``: code, sentence for people, mend, feature."""
    if isinstance(error, InvalidEditError):
        return _info("invalid_value", error.reason, error.hint, error.feature)
    if isinstance(error, RefusedError):
        return _info(error.code, str(error), error.hint)
    if isinstance(error, CancelledError):
        return _info("cancelled", str(error))
    if isinstance(error, InvalidInputError):
        return _info("bad_request", str(error))
    if isinstance(error, InterpretWidgetError):
        return _info("model_error", str(error))
    return _info("model_error", f"{type(error).__name__}: {error}")


def _info(code: str, message: str, hint: str | None = None, feature: str | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "hint": hint, "feature": feature}
