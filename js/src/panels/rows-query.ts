/** Which rows, in which order: the local half of the table. Python's `rows` answers the same for large data. */
import type { FeatureInfo, Schema } from "../protocol";
import { formatPercent, formatValue } from "../ui/format";

export type SortKey = "position" | "label" | "prediction" | "outcome" | "error" | "uncertainty";

export interface Sorting {
  readonly sort: SortKey;
  readonly descending: boolean;
}

/** What the table says of some rows, for one output. Arrays run over the rows. */
export interface RowFacts {
  readonly positions: ArrayLike<number>;
  readonly labels: readonly string[];
  /** Probability of the output, else its prediction. */
  readonly prediction: Float64Array;
  /** Class code or target, NaN unknown; null without truth. */
  readonly outcome: ArrayLike<number> | null;
  /** 1 − P(actual); 0 or 1 without probabilities; regression: prediction − actual. NaN unknown. */
  readonly error: Float64Array | null;
  readonly wrong: Uint8Array | null;
  /** Larger is less certain: minus the distance to the boundary, or minus the lead of the first class. */
  readonly uncertainty: Float64Array | null;
}

export interface FactsInput {
  readonly positions: ArrayLike<number>;
  readonly labels: readonly string[];
  /** [n, nOutputs] row-major, in display space. */
  readonly predictions: ArrayLike<number>;
  readonly nOutputs: number;
  readonly output: number;
  readonly outcomes: ArrayLike<number> | null;
  readonly task: Schema["task"];
  readonly hasProbabilities: boolean;
  readonly threshold: number;
}

export function rowFacts(input: FactsInput): RowFacts {
  const { positions, labels, predictions, nOutputs, output, outcomes, task, hasProbabilities, threshold } =
    input;
  const n = positions.length;
  const at = (row: number, column: number) => predictions[row * nOutputs + column] as number;
  const prediction = Float64Array.from({ length: n }, (_, row) => at(row, output));
  const classes = task !== "regression";
  const error = outcomes ? new Float64Array(n) : null;
  const wrong = outcomes && classes ? new Uint8Array(n) : null;
  const uncertainty = classes ? new Float64Array(n) : null;
  const boundary = hasProbabilities ? threshold : 0;
  for (let row = 0; row < n; row++) {
    let chosen = 0;
    let first = Number.NEGATIVE_INFINITY;
    let second = Number.NEGATIVE_INFINITY;
    if (classes && task === "binary" && nOutputs === 2) {
      const score = at(row, 1);
      chosen = score >= boundary ? 1 : 0;
      (uncertainty as Float64Array)[row] = -Math.abs(score - boundary);
    } else if (classes) {
      for (let column = 0; column < nOutputs; column++) {
        const score = at(row, column);
        if (score > first) {
          second = first;
          first = score;
          chosen = column;
        } else if (score > second) second = score;
      }
      (uncertainty as Float64Array)[row] = nOutputs > 1 ? second - first : 0;
    }
    if (!outcomes || !error) continue;
    const actual = outcomes[row] as number;
    if (Number.isNaN(actual)) error[row] = Number.NaN;
    else if (!classes) error[row] = at(row, output) - actual;
    else {
      const missed = chosen !== actual;
      (wrong as Uint8Array)[row] = missed ? 1 : 0;
      error[row] = hasProbabilities && actual < nOutputs ? 1 - at(row, actual) : Number(missed);
    }
  }
  return { positions, labels, prediction, outcome: outcomes, error, wrong, uncertainty };
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Local positions of the rows to show, in order. Unknown values come last either way; ties keep the row order. */
export function arranged(facts: RowFacts, sorting: Sorting, keep: (row: number) => boolean): Uint32Array {
  const chosen: number[] = [];
  for (let row = 0; row < facts.positions.length; row++) if (keep(row)) chosen.push(row);
  const sign = sorting.descending ? -1 : 1;
  if (sorting.sort === "label") {
    chosen.sort((a, b) => sign * collator.compare(facts.labels[a] ?? "", facts.labels[b] ?? "") || a - b);
    return Uint32Array.from(chosen);
  }
  const key = keyOf(facts, sorting.sort);
  if (key) {
    chosen.sort((a, b) => {
      const x = key(a);
      const y = key(b);
      if (Number.isNaN(x) || Number.isNaN(y))
        return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
      return sign * (x - y) || a - b;
    });
  }
  return Uint32Array.from(chosen);
}

function keyOf(facts: RowFacts, sort: SortKey): ((row: number) => number) | null {
  const { prediction, outcome, error, uncertainty, positions } = facts;
  if (sort === "prediction") return (row) => prediction[row] as number;
  if (sort === "outcome" && outcome) return (row) => outcome[row] as number;
  if (sort === "error" && error) return (row) => Math.abs(error[row] as number);
  if (sort === "uncertainty" && uncertainty) return (row) => uncertainty[row] as number;
  return (row) => positions[row] as number;
}

export interface Searched {
  readonly labels: readonly string[];
  readonly features: readonly FeatureInfo[];
  /** Per feature, its values over the rows. */
  readonly column: (feature: number) => ArrayLike<number>;
  readonly outcomes: ArrayLike<number> | null;
  readonly outcomeNames: readonly string[] | null;
}

/**
 * Does a row match what was typed? Its label or a category of it contains the text, or a number of it reads as the
 * text. "feature = value" narrows to one feature.
 */
export function matcher(query: string, data: Searched): (row: number) => boolean {
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return () => true;
  const pair = /^(.+?)\s*=\s*(.+)$/.exec(wanted);
  const named = pair ? data.features.findIndex((info) => info.name.toLowerCase() === pair[1]?.trim()) : -1;
  if (pair && named >= 0) return valueMatcher(data, named, pair[2] as string, true);
  const tests = data.features.map((_, feature) => valueMatcher(data, feature, wanted, false));
  const codes = new Set<number>();
  data.outcomeNames?.forEach((name, code) => {
    if (name.toLowerCase().includes(wanted)) codes.add(code);
  });
  return (row) =>
    (data.labels[row] ?? "").toLowerCase().includes(wanted) ||
    (data.outcomes !== null && codes.has(data.outcomes[row] as number)) ||
    tests.some((test) => test(row));
}

function valueMatcher(
  data: Searched,
  feature: number,
  wanted: string,
  exact: boolean,
): (row: number) => boolean {
  const info = data.features[feature] as FeatureInfo;
  const column = data.column(feature);
  if (info.categories) {
    const codes = new Set<number>();
    info.categories.forEach((label, code) => {
      const text = label.toLowerCase();
      if (exact ? text === wanted : text.includes(wanted)) codes.add(code);
    });
    return (row) => codes.has(column[row] as number);
  }
  const number = Number(wanted.replace(/,/g, "").replace(/^−/, "-"));
  if (info.kind === "datetime") return (row) => formatValue(info, column[row] as number).startsWith(wanted);
  if (Number.isNaN(number)) return wanted === "missing" ? (row) => Number.isNaN(column[row]) : () => false;
  const narrowed = Math.fround(number);
  return (row) => column[row] === number || column[row] === narrowed;
}

export type Preset = "likely" | "errors" | "uncertain" | "order";

export const PRESETS: Record<Preset, Sorting> = {
  likely: { sort: "prediction", descending: true },
  errors: { sort: "error", descending: true },
  uncertain: { sort: "uncertainty", descending: true },
  order: { sort: "position", descending: false },
};

export function presetOf(sorting: Sorting): Preset | null {
  const found = Object.entries(PRESETS).find(
    ([, known]) => known.sort === sorting.sort && known.descending === sorting.descending,
  );
  return (found?.[0] as Preset | undefined) ?? null;
}

export function presetOptions(schema: Schema): { value: Preset; label: string }[] {
  const classes = schema.task !== "regression";
  const options: { value: Preset; label: string }[] = [
    { value: "likely", label: classes ? "Most likely" : "Highest first" },
  ];
  if (schema.has_truth) options.push({ value: "errors", label: "Worst errors" });
  if (classes) {
    options.push({
      value: "uncertain",
      label: schema.task === "binary" ? "Nearest to the boundary" : "Most uncertain",
    });
  }
  options.push({ value: "order", label: "Row order" });
  return options;
}

/** Rows to draw: those in view and some around, for a list of equal heights. */
export function visibleRange(
  scrollTop: number,
  height: number,
  rowHeight: number,
  total: number,
  around = 8,
) {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - around);
  const last = Math.min(total, Math.ceil((scrollTop + height) / rowHeight) + around);
  return { first, last: Math.max(first, last) };
}

/** In display space: a probability as percent, else a number. */
export function displayText(value: number, probability: boolean, decimals = 1): string {
  if (probability) return formatPercent(value, decimals);
  if (!Number.isFinite(value)) return "–";
  return plainNumber(value);
}

function plainNumber(value: number): string {
  const size = Math.abs(value);
  const decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
  const text = size.toFixed(decimals).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ",");
  return value < 0 && Number(size.toFixed(decimals)) !== 0 ? `−${text}` : text;
}
