"""The training monitor: what a model relies on while it trains, in a notebook cell."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import traitlets

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InterpretWidgetError, InvalidInputError
from interpret_widget.explanation import Explanation
from interpret_widget.training import storage
from interpret_widget.training.handle import TrainingRun
from interpret_widget.training.history import history_of
from interpret_widget.training.recorder import Recorder
from interpret_widget.training.recording import Record
from interpret_widget.training.remarks import Remark, remarks_on
from interpret_widget.training.watched import background_like, nothing_yet, watched_rows
from interpret_widget.training.watching import WatchedRun

from . import checks
from .board import PUBLIC, Board
from .cells import call_after_cells
from .dashboard import ExplanationDashboard
from .flight import flight_of
from .publishing import Publisher
from .rpc import Control, Method
from .sources import gather
from .through_rounds import rounds_compared, row_through_rounds

_INTERVAL = 0.2  # seconds between two messages to the page
_REFRESH = 1.5  # seconds between two explanations of the newest round, and more where they take long:
_RESERVE = 30


class TrainingMonitor(Board):
    """Watch a model learn: importance, metrics, rows and what-if, round by round.

    Show it in a cell, then hand it to the training; every recorded round is explained exactly, by adding
    what its new trees say to what the former ones said.

    Parameters
    ----------
    X_valid : table (n_rows, n_columns)
        Rows to watch, raw columns.
    y_valid : array-like (n_rows,), optional
        Their outcomes.
    every : int, default 1
        Record each round whose number this divides, and the first.
    rows : int, default 2000
        Most rows that are watched; drawn with ``random_state`` where there are more.
    background : table, optional
        Compare with these rows (interventional values); by default with the rows that the trees are grown on.
    features : sequence of str, optional
        Column names where the table has none.
    transformations : transformer or list of (columns, transformer), optional
        What turns raw columns into the model's, fitted.
    classes : sequence of str, optional
        Names of the classes in the order of their labels.
    title : str, optional
        Top left.
    random_state : int, default 0
    **traits
        As in `ExplanationDashboard`.

    Attributes
    ----------
    round : int or None
        The round whose model the other tabs show; None follows the newest.
    compare : int or None
        A second round, to compare with.

    Examples
    --------
    >>> import lightgbm
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> monitor = TrainingMonitor(X[300:], y[300:])
    >>> data = lightgbm.Dataset(X[:300], y[:300])
    >>> run = monitor.train(
    ...     lambda: lightgbm.train({"verbose": -1}, data, 20, callbacks=[monitor.callback("lightgbm")])
    ... )
    >>> booster = run.wait()
    >>> monitor.explanation(10).exact
    True
    """

    _views = ("training", *checks.VIEWS)

    round = traitlets.Any(None, allow_none=True).tag(sync=True)
    compare = traitlets.Any(None, allow_none=True).tag(sync=True)
    _flight = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        X_valid: Any,
        y_valid: Any = None,
        *,
        every: int = 1,
        rows: int = 2000,
        background: Any = None,
        features: Sequence[Any] | None = None,
        transformations: Any = None,
        classes: Sequence[Any] | None = None,
        title: str | None = None,
        random_state: int = 0,
        **traits: Any,
    ) -> None:
        unknown = set(traits) - set(PUBLIC) - {"layout"}
        if unknown:
            raise TypeError(f"TrainingMonitor does not know {', '.join(map(repr, sorted(unknown)))}")
        for name, value in (("every", every), ("rows", rows)):
            whole_number(name, value)
        data, outcomes = watched_rows(X_valid, y_valid, features, rows, random_state)
        self._watching: dict[str, WatchedRun] = {}
        self._seq = 0
        self._told_states: list[tuple[str, str]] = []
        self._shown_round: int | None = None
        self._refreshed = self._refresh_took = 0.0
        self._recorder = Recorder(
            data,
            outcomes,
            transformations=transformations,
            background=None if background is None else background_like(background, data),
            classes=classes,
            every=every,
            changed=lambda urgent: self._mark(urgent=urgent),
        )
        self._publisher: Publisher | None = None
        super().__init__(
            gather(nothing_yet(data, outcomes, classes), None, None, None, None, None),
            title=title or "Training",
            max_points=rows,
            random_state=random_state,
            given={"view": "training", **traits},
            _flight=self._state(),
        )
        self._own_title = title
        self._publisher = Publisher(self._publish, _INTERVAL)
        call_after_cells(self)
        self.observe(lambda _: self._scrubbed(), "round")
        self.observe(lambda _: self._mark(), "compare")

    # -- training ----------------------------------------------------------------------------------------

    def run(self, name: str | None = None) -> WatchedRun:
        """Begin another run; it has its own ``callback``, ``fit`` and ``train``.

        Parameters
        ----------
        name : str, optional
            Such as ``"lr=0.1"``.
        """
        return self._watch(self._recorder.run(name))

    def settle(self, error: BaseException | None = None) -> None:
        """End runs that are over without a word, such as by a library's own early stop.

        Called by itself when a cell ends.

        Parameters
        ----------
        error : BaseException, optional
            What ended the training.
        """
        for watched in list(self._watching.values()):
            if watched.handle is None:
                watched.settle(error)

    def _read_left(self) -> None:
        for watched in list(self._watching.values()):
            if watched.handle is None:
                watched.read_left()

    def callback(self, library: str, **options: Any) -> Any:
        """What a training library takes as a callback.

        Parameters
        ----------
        library : {"lightgbm", "xgboost", "catboost", "torch", "lightning", "keras"}
            CatBoost shows only metrics while it trains; its rounds follow with `read`, or with `train` by
            themselves. For ``"torch"`` it is a step to call after each epoch or batch,
            ``step(loss=..., valid_loss=...)``, which says whether to stop.
        **options
            For neural networks: ``model`` (torch), ``output`` (``"logits"``, ``"probability"`` or
            ``"number"``) and ``classes``.
        """
        return self._watch(self._recorder.current()).callback(library, **options)

    def fit(self, estimator: Any, X: Any, y: Any, **options: Any) -> Any:
        """Fit an estimator, and watch it.

        Parameters
        ----------
        estimator : estimator
            Forests and boosting of scikit-learn; LightGBM, XGBoost and CatBoost by their estimators; what has
            ``partial_fit``; a `Pipeline` that ends with one of them, which is followed on raw columns.
        X, y
            What to fit it on.
        **options
            For its ``fit``, in a pipeline with the name of its last step in front; for ``partial_fit``
            ``epochs``, ``batch_size`` and ``random_state``.
        """
        return self._watch(self._recorder.current()).fit(estimator, X, y, **options)

    def read(self, model: Any) -> None:
        """Record all rounds of a fitted model: one that was not watched, or CatBoost after its training."""
        self._watch(self._recorder.current()).read(model)

    def train(self, work: Callable[[], Any]) -> TrainingRun:
        """Train in a thread of its own, so that the notebook and the monitor stay usable.

        Parameters
        ----------
        work : callable
            Trains with ``monitor.callback(...)`` or ``monitor.fit(...)``, and returns the model.

        Returns
        -------
        TrainingRun
            With ``wait()``, ``stop()``, ``pause()``, ``resume()``, ``result`` and ``exception``.
        """
        return self._watch(self._recorder.current()).train(work)

    def _watch(self, record: Record) -> WatchedRun:
        return self._watching.setdefault(record.name, WatchedRun(self._recorder, record))

    # -- reading -----------------------------------------------------------------------------------------

    @property
    def history(self) -> Any:
        """One row per recorded round: run, round, metrics, and the importance of each feature (a frame)."""
        self._read_left()
        return history_of(self._recorder.runs, self._recorder.data.names)

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was noticed in the newest run, each with its evidence."""
        self._read_left()
        runs = self._recorder.runs
        return tuple(remarks_on(runs[self._active()], self._recorder.data.names)) if runs else ()

    def explanation(self, round: int | None = None, *, run: str | None = None) -> Explanation:
        """The explanation of the watched rows by the model as it was after a round.

        Parameters
        ----------
        round : int, optional
            The newest by default.
        run : str, optional
            Name of a run; the newest by default.
        """
        record = self._record(run)
        return self._recorder.explanation(record, self._number(record, round))

    def dashboard(self, round: int | None = None, *, run: str | None = None) -> ExplanationDashboard:
        """A dashboard of the model as it was after a round."""
        return ExplanationDashboard(self.explanation(round, run=run))

    def save(self, path: str | Path) -> Path:
        """Write all runs with the watched rows into one file, for `load`; nothing in it is pickled.

        Parameters
        ----------
        path : str or Path
            Such as ``"training.zip"``; replaced where it exists.
        """
        self._read_left()
        return storage.save(self._recorder, path, self._own_title)

    @classmethod
    def load(cls, path: str | Path, *, transformations: Any = None) -> TrainingMonitor:
        """A monitor with the runs that `save` wrote; their rounds can be opened without the library.

        Parameters
        ----------
        path : str or Path
        transformations : transformer or list, optional
            The fitted ones that the monitor was made with, where it had any: they are not in the file.

        Raises
        ------
        InvalidInputError
            Another kind of file, a broken one, or ``transformations`` are missing.
        """
        kept = storage.load(path)
        if kept.facts["has_transformations"] and transformations is None:
            raise InvalidInputError(
                "the monitor was saved with transformations, which are not in the file; "
                "pass the same ones as transformations="
            )
        monitor = cls(
            kept.X,
            kept.y,
            every=kept.facts["every"],
            rows=max(1, len(kept.X)),
            background=kept.background,
            transformations=transformations,
            classes=kept.facts["classes"],
            title=kept.facts["title"],
        )
        try:
            storage.restore(monitor._recorder, kept)
        except InterpretWidgetError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInputError(
                f"path={str(path)!r} cannot be read as a training monitor ({type(error).__name__}: {error})"
            ) from error
        monitor._publish()
        return monitor

    @property
    def runs(self) -> tuple[str, ...]:
        """Names of the runs."""
        return tuple(each.name for each in self._recorder.runs)

    def _record(self, name: str | None) -> Record:
        self._read_left()
        for record in reversed(self._recorder.runs):
            if (name is None and record.rounds) or record.name == name:
                return record
        if name is None:
            raise InvalidInputError("nothing has been recorded yet; hand monitor.callback(...) to a training")
        raise InvalidInputError(f"run={name!r} is not one of {', '.join(map(repr, self.runs)) or 'none'}")

    def _number(self, record: Record, number: int | None) -> int:
        if number is None:
            return record.rounds[-1]
        last = record.growth.n_rounds if record.growth is not None else record.rounds[-1]
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or not 1 <= number <= last:
            raise InvalidInputError(f"round={number!r} is not one of the rounds 1 to {last} of {record.name}")
        return int(number)

    # -- the page ----------------------------------------------------------------------------------------

    def _mark(self, *, urgent: bool = False) -> None:
        publisher = getattr(self, "_publisher", None)
        if publisher is not None:
            publisher.mark(urgent=urgent)

    def _active(self) -> int:
        """The run shown: the newest that has rounds, or the newest."""
        runs = self._recorder.runs
        recorded = [at for at, each in enumerate(runs) if each.rounds]
        return recorded[-1] if recorded else max(0, len(runs) - 1)

    def _traits_at_rest(self) -> dict[str, Any]:
        more = {"round": self.round, "compare": self.compare, "_flight": self._state()}
        return {**super()._traits_at_rest(), **more}

    def _state(self) -> dict[str, Any]:
        self._seq += 1
        active = self._active()
        run = self._recorder.runs[active] if self._recorder.runs else None
        watched = self._watching.get(run.name) if run is not None else None
        can_stop = watched is not None and watched.handle is not None and not watched.record.is_over
        return flight_of(
            self._recorder,
            active=active,
            shown=self._shown_round,
            compared=self.compare,
            can_stop=can_stop,
            seq=self._seq,
        )

    def _states(self) -> list[tuple[str, str]]:
        return [(each.name, each.state) for each in self._recorder.runs]

    def _publish(self) -> None:
        states = self._states()
        if states != self._told_states:
            # Not behind the explanation of the newest round, which takes its time.
            self._flight, self._told_states = self._state(), states
        try:
            self._follow()
        except Exception as error:
            self._recorder.error = f"{type(error).__name__}: {error}"
        self._flight = self._state()

    def _follow(self) -> None:
        """Show the newest round where the page follows it and nobody is in the middle of a question."""
        runs = self._recorder.runs
        record = runs[self._active()] if runs else None
        if record is None or not record.rounds or self.round is not None:
            return
        newest = record.rounds[-1]
        pause = max(_REFRESH, _RESERVE * self._refresh_took)
        is_due = record.is_over or time.monotonic() - self._refreshed >= pause
        is_asked = bool(self.scenario) or self._rpc.is_busy
        if newest == self._shown_round or not is_due or (is_asked and not record.is_over):
            return
        self._show_round(record, newest, gives_way=not record.is_over)

    def _scrubbed(self) -> None:
        record = self._recorder.runs[self._active()] if self._recorder.runs else None
        if record is None or not record.rounds:
            return
        number = record.rounds[-1] if self.round is None else self._number(record, self.round)
        if number != self._shown_round:
            self._show_round(record, number)
        self._mark()

    def _show_round(self, record: Record, number: int, *, gives_way: bool = False) -> None:
        began = time.monotonic()
        explanation = self._recorder.explanation(record, number)
        with self._lock:
            if gives_way and self._rpc.is_busy:  # asked in the meantime
                return
            self._title = f"{self._own_title or record.library.name} · round {number}"
            self._shown_round = number
            self._show(gather(explanation, None, None, None, None, None), same_rows=True)
        self._refreshed = time.monotonic()
        self._refresh_took = self._refreshed - began

    def _lasting(self) -> dict[str, Method]:
        # A run of training is the same whichever of its rounds is shown.
        return {
            **super()._lasting(),
            "training_row": lambda params, *_: row_through_rounds(self._recorder, self._record(None), params),
            "training_compare": lambda params, *_: rounds_compared(
                self._recorder, self._record(None), params
            ),
        }

    def _controls(self) -> dict[str, Control]:
        return {
            **super()._controls(),
            "training_stop": self._answer_stop,
            "training_pause": self._answer_pause,
        }

    def _watched_now(self) -> WatchedRun:
        return self._watch(self._recorder.runs[self._active()])

    def _answer_stop(self, params: Mapping[str, Any]) -> dict[str, Any]:
        watched = self._watched_now()
        # In this order: what the training says when it ends is the last word.
        self._recorder.state(watched.record, "stopping")
        watched.control.stop()
        return {"state": "stopping"}

    def _answer_pause(self, params: Mapping[str, Any]) -> dict[str, Any]:
        watched = self._watched_now()
        if params.get("pause", True):
            watched.control.pause()
        else:
            watched.control.resume()
        return {"state": watched.record.state}

    @traitlets.validate("round", "compare")
    def _check_round(self, proposal: Any) -> int | None:
        value = proposal["value"]
        if value is None:
            return None
        name = proposal["trait"].name
        runs = self._recorder.runs
        if not runs or not runs[self._active()].rounds:
            raise traitlets.TraitError(f"{name}={value!r}: nothing has been recorded yet")
        record = runs[self._active()]
        return record.rounds[record.position(checks.whole(name, value, 1))]

    def close(self) -> None:
        """Take the monitor off the page; training goes on."""
        publisher = getattr(self, "_publisher", None)
        if publisher is not None:
            publisher.close()
        super().close()

    def __repr__(self) -> str:
        said = ", ".join(
            f"{each.name} {each.state} ({len(each.rounds)} rounds)" for each in self._recorder.runs
        )
        return f"TrainingMonitor({self._recorder.data.n_rows} rows; {said or 'nothing recorded yet'})"
