"""What all boards share: an explanation in the page, its traits, and answers to the page's questions."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from interpret_widget.errors import InvalidInputError
from interpret_widget.explanation import Explanation
from interpret_widget.explanation.slicing import positions_of

from . import checks, codec, cohort, export, fallback
from .payload import Prepared, prepare
from .positions import Positions, from_wire, to_wire
from .questions import Questions
from .rpc import Control, Method, Rpc
from .sources import Sources

_STATIC = Path(__file__).parent / "static"

#: Traits that Python and the page share, in the order of the documentation.
PUBLIC = (
    "view",
    "output",
    "feature",
    "color_feature",
    "row",
    "selection",
    "cohort",
    "threshold",
    "top_k",
    "level",
    "global_chart",
    "scenario",
    "scenarios",
)


class Board(anywidget.AnyWidget):
    """An explanation on the page."""

    _views: tuple[str, ...] = checks.VIEWS

    _esm = _STATIC / "index.js"
    _css = _STATIC / "index.css"

    view = traitlets.Any("overview").tag(sync=True)
    output = traitlets.Any("").tag(sync=True)
    feature = traitlets.Any(None, allow_none=True).tag(sync=True)
    color_feature = traitlets.Any(None, allow_none=True).tag(sync=True)
    row = traitlets.Any(0).tag(sync=True)
    selection = Positions(np.zeros(0, np.uint32)).tag(sync=True, to_json=to_wire, from_json=from_wire)
    cohort = traitlets.Any([]).tag(sync=True)
    threshold = traitlets.Any(0.5).tag(sync=True)
    top_k = traitlets.Any(12).tag(sync=True)
    level = traitlets.Any("raw").tag(sync=True)
    global_chart = traitlets.Any("beeswarm").tag(sync=True)
    scenario = traitlets.Any({}).tag(sync=True)
    scenarios = traitlets.Any([]).tag(sync=True)

    _schema = traitlets.Dict().tag(sync=True)
    _payload = traitlets.Dict().tag(sync=True)
    _epoch = traitlets.Int(0).tag(sync=True)
    _status = traitlets.Dict({"mode": "live", "message": None}).tag(sync=True)

    def __init__(
        self,
        sources: Sources,
        *,
        title: str | None,
        max_points: int,
        random_state: int,
        given: dict[str, Any],
        **more: Any,
    ) -> None:
        if max_points < 1:
            raise InvalidInputError(f"max_points={max_points!r} is too small; use 1 or more")
        self._lock = threading.RLock()
        self._max_points, self._random_state, self._title = int(max_points), int(random_state), title
        self._take(sources)
        given = dict(given)
        first = self._first_traits()
        super().__init__(
            _schema=self._prepared.schema,
            _payload=_encoded(self._prepared),
            _epoch=1,
            **({"layout": given.pop("layout")} if "layout" in given else {}),
            **first,
            **more,
        )
        for name in PUBLIC:  # in this order: a scenario is checked against its row
            if name in given:
                setattr(self, name, given[name])
        self._rpc = Rpc(
            self._post,
            self._questions(),
            lambda: int(self._epoch),
            lasting=self._lasting(),
            controls=self._controls(),
        )
        self.on_msg(self._on_message)

    # -- what is shown -----------------------------------------------------------------------------------

    def _take(self, sources: Sources) -> None:
        """Prepare what a page needs; nothing is sent yet."""
        self._sources = sources
        self._prepared: Prepared = prepare(
            sources.explanation,
            title=self._title or _title(sources),
            max_points=self._max_points,
            random_state=self._random_state,
            has_model=sources.adapter is not None,
            model_note=sources.note or (None if sources.adapter else _NO_MODEL),
        )

    def _first_traits(self) -> dict[str, Any]:
        explanation = self._sources.explanation
        return {
            "output": explanation.output_names[explanation.default_output],
            "level": self._prepared.schema["levels"][0],
        }

    @property
    def _shown(self) -> Explanation:
        return self._sources.explanation

    def _show(self, sources: Sources, *, same_rows: bool = False) -> None:
        """Show another explanation; traits that still make sense are kept, more where rows are the same."""
        self._take(sources)
        explanation = sources.explanation
        self._rpc.show(self._questions())
        # Rows and features of the old explanation may not exist in the new one.
        with self.hold_sync():
            self._schema = self._prepared.schema
            self._payload = _encoded(self._prepared)
            self._epoch += 1
            names = self._names()
            for trait in ("feature", "color_feature"):
                if getattr(self, trait) is not None and not any(
                    getattr(self, trait) in each for each in names
                ):
                    setattr(self, trait, None)
            if self.output not in explanation.output_names:
                self.output = explanation.output_names[explanation.default_output]
            if self.level not in self._prepared.schema["levels"]:
                self.level = self._prepared.schema["levels"][0]
            if same_rows:
                return
            self.scenario, self.scenarios, self.cohort = {}, [], []
            self.selection = np.zeros(0, np.uint32)
            self.row = min(self.row, explanation.n_rows - 1)

    def _names(self) -> list[Sequence[str]]:
        explanation = self._sources.explanation
        levels: list[Sequence[str]] = [explanation.feature_names]
        if explanation.engineered is not None:
            levels.append(explanation.engineered.feature_names)
        return levels

    # -- questions from the page -------------------------------------------------------------------------

    def _questions(self) -> dict[str, Method]:
        """What pages may ask of the explanation that is shown."""
        return Questions(
            self._sources.explanation,
            explainer=self._sources.explainer,
            adapter=self._sources.adapter,
            threshold=lambda: float(self.threshold),
            output_payload=self._prepared.output_payload,
            lock=self._lock,
            original=self._sources.original,
        ).methods()

    def _lasting(self) -> dict[str, Method]:
        """What pages may ask of this kind of board whichever explanation is shown."""
        return {}

    def _controls(self) -> dict[str, Control]:
        """What pages may wish of it, heard at once."""
        return {}

    def _post(self, content: dict[str, Any], buffers: list[Any]) -> None:
        self.send(content, buffers)

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        self._rpc.handle(content)

    def close(self) -> None:
        """Take the dashboard off the page and stop its worker."""
        rpc = getattr(self, "_rpc", None)
        if rpc is not None:
            rpc.close()
        super().close()

    # -- reading and steering ----------------------------------------------------------------------------

    @property
    def row_label(self) -> str:
        """Label of the row in focus."""
        return str(self._shown.data.labels([self.row])[0])

    def go_to(self, label: Any) -> None:
        """Bring the (first) row with this label of the row index into focus.

        Raises
        ------
        InvalidInputError
            No such label; the message lists near ones.
        """
        self.row = int(positions_of(self._shown.data, label)[0])
        self.view = "row"

    @property
    def selected_rows(self) -> Any:
        """The selected rows, in the type of table that was explained."""
        return self._shown.data.take(np.asarray(self.selection, dtype=np.intp)).native

    @property
    def cohort_rows(self) -> Any:
        """All rows that meet the conditions of `cohort`, drawn or not, in the type that was explained."""
        data = self._shown.data
        keep = cohort.mask(cohort.tables_of(self._shown), self.cohort)
        return data.take(np.flatnonzero(keep)).native

    def save_html(self, path: str | Path) -> Path:
        """Write the dashboard as one self-contained interactive file, as it stands.

        It needs no kernel and no network. Everything works but questions to the model.
        """
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        state = export.state_of(self._traits_at_rest(), self._prepared)
        export.write_html(target, state, title=str(self._prepared.schema["title"]))
        return target

    def _traits_at_rest(self) -> dict[str, Any]:
        shared = {name: getattr(self, name) for name in PUBLIC}
        shared["selection"] = np.asarray(self.selection, dtype=np.uint32)
        return {**shared, "_epoch": self._epoch}

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and beside it a plain table for viewers that have no widgets."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            position = self._shown.output_names.index(self.output)
            data["text/html"] = fallback.fallback_html(
                self._shown, title=str(self._prepared.schema["title"]), output=position
            )
        return bundle

    # -- checks ------------------------------------------------------------------------------------------

    @traitlets.validate("view", "level", "global_chart")
    def _check_choice(self, proposal: Any) -> str:
        name = proposal["trait"].name
        levels = self._prepared.schema["levels"]
        allowed = {"view": self._views, "level": levels, "global_chart": checks.CHARTS}[name]
        return checks.one_of(name, proposal["value"], allowed)

    @traitlets.validate("output")
    def _check_output(self, proposal: Any) -> str:
        return checks.output(proposal["value"], self._shown)

    @traitlets.validate("feature", "color_feature")
    def _check_feature(self, proposal: Any) -> str | None:
        return checks.feature(proposal["trait"].name, proposal["value"], self._names())

    @traitlets.validate("row")
    def _check_row(self, proposal: Any) -> int:
        return checks.position("row", proposal["value"], self._shown.n_rows)

    @traitlets.validate("selection")
    def _check_selection(self, proposal: Any) -> np.ndarray:
        return checks.positions("selection", proposal["value"], self._shown.n_rows)

    @traitlets.validate("cohort")
    def _check_cohort(self, proposal: Any) -> list[dict[str, Any]]:
        conditions = proposal["value"]
        conditions = [conditions] if isinstance(conditions, dict) else list(conditions or [])
        try:
            cohort.check_conditions(cohort.tables_of(self._shown), conditions)
        except InvalidInputError as error:
            raise traitlets.TraitError(f"cohort: {error}") from None
        return conditions

    @traitlets.validate("threshold")
    def _check_threshold(self, proposal: Any) -> float:
        return checks.share("threshold", proposal["value"])

    @traitlets.validate("top_k")
    def _check_top_k(self, proposal: Any) -> int:
        return checks.whole("top_k", proposal["value"], 1)

    @traitlets.validate("scenario")
    def _check_scenario(self, proposal: Any) -> dict[str, Any]:
        return checks.edits("scenario", proposal["value"], self._shown.data, self.row)

    @traitlets.validate("scenarios")
    def _check_scenarios(self, proposal: Any) -> list[dict[str, Any]]:
        return checks.scenarios(proposal["value"], self._shown.data, self._shown.n_rows)


_NO_MODEL = "What-if needs the model: ExplanationDashboard(explanation, model)."


def _encoded(prepared: Prepared) -> dict[str, Any]:
    return {key: codec.encode(array) for key, array in prepared.payload.items()}


def _title(sources: Sources) -> str:
    """The name of the model, for people."""
    if sources.adapter is None:
        return "Explanation"
    if sources.original is not None:
        return str(sources.original.title)
    problem = getattr(sources.explainer, "problem", None)
    return str(problem.title if problem is not None else sources.adapter.title)
