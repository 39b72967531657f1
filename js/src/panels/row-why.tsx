/** Why this row is predicted as it is: the middle pane. */
import { useState } from "preact/hooks";
import { Waterfall } from "../charts/waterfall";
import type { Labelled, Mode } from "../charts/waterfall-layout";
import { type Step, waterfallSteps } from "../charts/waterfall-steps";
import type { Store } from "../store";
import { Empty, Segmented } from "../ui/controls";
import { formatFixed, plural } from "../ui/format";
import { useLate } from "../ui/use-late";
import { type Explained, shownValue } from "./row-explained";
import type { RowSession } from "./row-session";
import type { Drawn } from "./row-state";
import { editText } from "./row-values";
import { displayText } from "./rows-query";

/** A normal 95 % interval is this many standard errors to either side. */
const Z95 = 1.959964;

export function RowWhy({ store, session }: { store: Store; session: RowSession }) {
  const [mode, setMode] = useState<Mode>("waterfall");
  const drawn = session.row.drawn.value;
  const stale = session.row.stale.value;
  const problem = session.row.problem.value ?? store.fetchError.value;
  const late = useLate(stale && problem === null);
  return (
    <section class="iw-pane iw-why" aria-label="Why" aria-busy={stale}>
      <div class="iw-hd">
        <Title store={store} drawn={drawn} />
        <Segmented
          label="Chart"
          value={mode}
          options={[
            { value: "waterfall", label: "Waterfall" },
            { value: "bars", label: "Bars" },
          ]}
          onChange={setMode}
        />
        <span class="iw-grow" />
        {late ? <Spinner label="Explaining the row" /> : null}
        <span class="iw-note iw-unit">{store.schema.value.unit}</span>
      </div>
      {problem !== null ? (
        <Empty icon="warning">{problem}</Empty>
      ) : drawn ? (
        <div class={stale ? "iw-stale" : undefined}>
          <ModelSays store={store} session={session} drawn={drawn} />
          <LocalFit store={store} drawn={drawn} />
          <RowWaterfall store={store} session={session} drawn={drawn} mode={mode} />
        </div>
      ) : (
        <div class="iw-why-wait" />
      )}
    </section>
  );
}

function Title({ store, drawn }: { store: Store; drawn: Drawn | null }) {
  const schema = store.schema.value;
  if (!drawn) return <h3>Why</h3>;
  const { row, output } = drawn;
  const target =
    schema.task === "regression"
      ? displayText(shownValue(row, output), row.probability !== null)
      : (schema.output_names[output] ?? "");
  return (
    <h3 class="iw-why-title" title={`${row.label} → ${target}`}>
      Why <span class="iw-why-label">{row.label}</span> → <span class="iw-why-target">{target}</span>
    </h3>
  );
}

/** Where a surrogate is explained: what the model itself says of this row. */
function ModelSays({ store, session, drawn }: { store: Store; session: RowSession; drawn: Drawn }) {
  if (!drawn.row.modelAnswer) return null;
  const answer = session.whatIf.answer.value;
  const row = answer?.explained.row === drawn.row.row ? answer.explained : drawn.row;
  const said = row.modelAnswer?.[drawn.output];
  // Of an edited row only a model that was handed over knows.
  if (said === undefined) return null;
  const text = displayText(said, store.schema.value.task !== "regression");
  const own = displayText(shownValue(row, drawn.output), row.probability !== null);
  return (
    <p class="iw-note" data-testid="iw-model-says">
      The model itself says <b>{text}</b>; the surrogate that is explained here {own}.
    </p>
  );
}

/** Where each row has a linear model of its own: how well it fits around this one. */
function LocalFit({ store, drawn }: { store: Store; drawn: Drawn }) {
  const fits = store.localFits();
  const at = store.localOf(drawn.row.row);
  if (!fits || at < 0) return null;
  const r2 = fits[at * store.schema.value.output_names.length + drawn.output] as number;
  return (
    <p class="iw-note" data-testid="iw-local-fit">
      The linear model around this row has <b>R² {formatFixed(r2, 2)}</b>; its terms do not add up to the
      prediction.
    </p>
  );
}

function RowWaterfall(props: { store: Store; session: RowSession; drawn: Drawn; mode: Mode }) {
  const { store, session, drawn, mode } = props;
  const { row, output, values } = drawn;
  const [expanded, setExpanded] = useState(false);
  const schema = store.schema.value;
  const features = store.features(row.level);
  const answer = session.whatIf.answer.value;
  const after =
    answer && answer.explained.row === row.row && answer.explained.level === row.level ? answer : null;
  const editedValues = after?.explained.values(output) ?? null;
  const edited = new Set<number>();
  if (after) {
    for (const name of Object.keys(after.edits)) {
      const at = store.featureIndex(name, row.level);
      if (at >= 0) edited.add(at);
    }
  }
  const base = row.base[output] ?? 0;
  const steps = waterfallSteps(values, base, expanded ? Number.POSITIVE_INFINITY : store.topK.value, edited);
  const sum = (step: Step, of: ArrayLike<number>) =>
    step.members.reduce((total, at) => total + (of[at] as number), 0);
  const errors = row.stdErrors(output);
  // Errors of a fold's members are taken as independent.
  const halfWidths = errors
    ? steps.map(
        (step) => Z95 * Math.sqrt(step.members.reduce((total, at) => total + (errors[at] as number) ** 2, 0)),
      )
    : null;
  const labels = steps.map((step): Labelled => {
    const info = features[step.feature];
    if (!info) return { name: plural(step.members.length, "other"), value: null, newValue: null };
    const value = row.text[step.feature] ?? "";
    let newValue: string | null = null;
    if (after && Object.hasOwn(after.edits, info.name))
      newValue = editText(info, after.edits[info.name] ?? null);
    else if (after && after.explained.text[step.feature] !== undefined) {
      // On the engineered level an edit shows in the columns that it feeds.
      const moved = !Object.is(after.explained.x[step.feature], row.x[step.feature]);
      const close =
        Math.abs((after.explained.x[step.feature] as number) - (row.x[step.feature] as number)) < 1e-6;
      if (row.level === "engineered" && moved && !close)
        newValue = after.explained.text[step.feature] ?? null;
    }
    return { name: info.name, value, newValue };
  });
  const focus = store.focus.value;
  const probability = row.probability !== null;
  const show = (value: number) => displayText(value, probability);
  // Where the predictions are unknown, the explanation's own sum stands for it.
  const known = row.prediction[output] ?? Number.NaN;
  const prediction = Number.isFinite(known) ? known : (steps.at(-1)?.end ?? base);
  const foldable = expanded && features.length > store.topK.value + 1;
  return (
    <>
      <div class="iw-wf-scroll">
        <Waterfall
          steps={steps}
          labels={labels}
          newValues={editedValues ? steps.map((step) => sum(step, editedValues)) : null}
          halfWidths={halfWidths}
          base={base}
          prediction={prediction}
          newPrediction={after ? (after.explained.prediction[output] ?? null) : null}
          baseText={`base ${baseValueText(store, row, output)}`}
          predictionText={`prediction ${show(probability ? shownValue(row, output) : prediction)}`}
          newPredictionText={after ? `with your edits ${show(shownValue(after.explained, output))}` : null}
          mode={mode}
          caption={`Contributions to the prediction of ${row.label}`}
          unit={schema.unit}
          focused={focus}
          expanded={expanded}
          rowPosition={row.row}
          onPick={(feature) => store.setFeature(features[feature]?.name ?? null)}
          onFold={() => setExpanded(true)}
        />
      </div>
      <Legend store={store} output={output} edited={editedValues !== null} estimated={halfWidths !== null} />
      {foldable ? (
        <button type="button" class="iw-button iw-button-quiet" onClick={() => setExpanded(false)}>
          Show only the strongest {store.topK.value}
        </button>
      ) : null}
    </>
  );
}

/** The probability at the base value where it is known for this level, else the base value itself. */
function baseValueText(store: Store, row: Explained, output: number): string {
  const schema = store.schema.value;
  const first = schema.base_values[schema.levels[0] ?? "raw"]?.[output];
  const probability = schema.base_probabilities?.[output];
  const base = row.base[output] ?? Number.NaN;
  const same = first !== undefined && Math.abs(first - base) <= 1e-9 * Math.max(1, Math.abs(base));
  if (probability !== undefined && same) return displayText(probability, true);
  return displayText(base, schema.output_space === "probability");
}

function Legend(props: { store: Store; output: number; edited: boolean; estimated: boolean }) {
  const { store, output, edited, estimated } = props;
  const schema = store.schema.value;
  const name = schema.output_names[output] ?? "";
  const other =
    schema.task === "binary" && schema.output_names.length === 2 ? schema.output_names[1 - output] : null;
  const up = other !== null ? `towards ${name}` : `raises ${name || "the prediction"}`;
  const down = other !== null ? `towards ${other}` : `lowers ${name ? "it" : "the prediction"}`;
  return (
    <p class="iw-note iw-wf-legend">
      <span>
        <i class="iw-swatch iw-swatch-pos" /> {up}
      </span>
      <span>
        <i class="iw-swatch iw-swatch-neg" /> {down}
      </span>
      {edited ? (
        <span>
          <i class="iw-swatch iw-swatch-new" /> with your edits
        </span>
      ) : null}
      {estimated ? <span>⊢⊣ 95 % interval</span> : null}
    </p>
  );
}

export function Spinner({ label }: { label: string }) {
  return <span class="iw-spinner" role="status" aria-label={label} />;
}
