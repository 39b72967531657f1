/** One row's explanation, wherever it came from: the payload's sample or a reply of the kernel. */
import { decodeFloats } from "../codec";
import type { FeatureInfo, Level, RowExplanation } from "../protocol";
import type { Store } from "../store";
import { valueText } from "./row-values";

export interface Explained {
  readonly row: number;
  readonly label: string;
  readonly level: Level;
  /** In the space of the values. [nOutputs] */
  readonly base: readonly number[];
  readonly prediction: readonly number[];
  readonly probability: readonly number[] | null;
  /** Contributions to one output; null where they are still being fetched. */
  values(output: number): Float64Array | null;
  /** Standard errors of them, where they are estimates. */
  stdErrors(output: number): Float64Array | null;
  /** Number, code or ms per feature; NaN missing. */
  readonly x: ArrayLike<number>;
  readonly text: readonly string[];
  /** Where a surrogate is explained: what the model itself says, as people read it. */
  readonly modelAnswer: readonly number[] | null;
}

/** What people read: the probability where there is one, else the prediction. */
export function shownValue(row: Explained, output: number): number {
  return (row.probability ?? row.prediction)[output] ?? Number.NaN;
}

/** A row of the payload, or null where it was not sampled. Subscribes to the payload. */
export function fromSample(store: Store, row: number, level: Level): Explained | null {
  const at = store.localOf(row);
  const matrix = store.x(level);
  if (at < 0 || !matrix) return null;
  const features = store.features(level);
  const nOutputs = store.schema.value.output_names.length;
  const slice = (all: Float64Array | null) =>
    all ? Array.from(all.subarray(at * nOutputs, (at + 1) * nOutputs)) : null;
  const x = Float64Array.from(features, (_, feature) => matrix.data[feature * matrix.nRows + at] as number);
  const column = (which: { data: Float32Array; nRows: number } | null) =>
    which
      ? Float64Array.from(features, (_, feature) => which.data[feature * which.nRows + at] as number)
      : null;
  return {
    row,
    label: store.schema.value.row_labels[at] ?? String(row),
    level,
    base: store.schema.value.base_values[level] ?? [],
    prediction: slice(store.predictions()) ?? [],
    probability: slice(store.probabilities()),
    values: (output) => column(store.values(level, output)),
    stdErrors: (output) => column(store.stdErrors(level, output)),
    x,
    text: features.map((info, feature) => valueText(info, x[feature] as number)),
    modelAnswer: slice(store.modelAnswers()),
  };
}

/** A sampled row whose text the payload cannot tell: a level beyond the listed ones, or a blurred moment. */
export function needsText(features: readonly FeatureInfo[], x: ArrayLike<number>): boolean {
  return features.some((info, feature) => {
    const value = x[feature] as number;
    if (Number.isNaN(value)) return false;
    if (info.categories) return value < 0;
    return info.kind === "datetime" || info.kind === "text";
  });
}

export function fromReply(reply: RowExplanation): Explained {
  const nFeatures = reply.x_text.length;
  const all = decodeFloats(reply.values);
  const errors = reply.std_errors ? decodeFloats(reply.std_errors) : null;
  const slice = (from: Float64Array, output: number) =>
    from.subarray(output * nFeatures, (output + 1) * nFeatures);
  return {
    row: reply.row,
    label: reply.label,
    level: reply.level,
    base: reply.base_values,
    prediction: reply.prediction,
    probability: reply.probability,
    values: (output) => slice(all, output),
    stdErrors: (output) => (errors ? slice(errors, output) : null),
    x: decodeFloats(reply.x),
    text: reply.x_text,
    modelAnswer: reply.model_answer ?? null,
  };
}
