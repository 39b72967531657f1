/** A small synthetic dashboard whose numbers a test can work out by hand. */
import { encode } from "../src/codec";
import type { FeatureInfo, Level, Payload, Schema, Task, Traits, Truth } from "../src/protocol";
import { floats } from "../src/static-model";

export const TRUTH: Truth = {
  exact: true,
  method: "tree",
  reason: "Trees are walked exactly.",
  residual: 3e-15,
  background: "path-dependent",
  seconds: 0.01,
  notes: [],
  fidelity: null,
};

export function feature(name: string, more: Partial<FeatureInfo> = {}): FeatureInfo {
  return {
    name,
    kind: "numeric",
    categories: null,
    ordered: true,
    min: 0,
    max: 1,
    histogram: { edges: [0, 0.5, 1], counts: [1, 1] },
    missing: 0,
    parents: [],
    children: [],
    ...more,
  };
}

export interface FixtureOptions {
  features?: FeatureInfo[];
  engineered?: FeatureInfo[];
  nRows?: number;
  outputs?: string[];
  task?: Task;
  /** Feature value of a row. */
  x?: (featureIndex: number, row: number) => number;
  /** Contribution of a feature in a row to the last output. */
  value?: (featureIndex: number, row: number) => number;
  traits?: Partial<Traits>;
  /** Outputs whose values the first payload holds; default all. */
  sent?: number[];
}

export function traitsOf(options: FixtureOptions = {}): Partial<Traits> {
  const features = options.features ?? [feature("Age"), feature("Income"), feature("Role")];
  const outputs = options.outputs ?? ["stay", "leave"];
  const task =
    options.task ?? (outputs.length > 2 ? "multiclass" : outputs.length === 2 ? "binary" : "regression");
  const nRows = options.nRows ?? 20;
  const x = options.x ?? ((j, i) => (i * (j + 1)) % 7);
  const value = options.value ?? ((j, i) => (i % 2 === 0 ? 1 : -1) * (features.length - j));
  const payload: Payload = {};
  const levels: Level[] = options.engineered ? ["raw", "engineered"] : ["raw"];
  payload.rows = encode(Uint32Array.from({ length: nRows }, (_, i) => i * 2));
  for (const level of levels) {
    const list = level === "raw" ? features : (options.engineered ?? []);
    const table = (cell: (j: number, i: number) => number) => {
      const data: number[] = [];
      list.forEach((_, j) => {
        for (let i = 0; i < nRows; i++) data.push(cell(j, i));
      });
      return floats(data, [list.length, nRows]);
    };
    payload[`${level}/x`] = table(x);
    const importance: number[] = [];
    outputs.forEach((_, o) => {
      list.forEach((_, j) => {
        let sum = 0;
        for (let i = 0; i < nRows; i++) sum += Math.abs(value(j, i)) * (o + 1);
        importance.push(nRows > 0 ? sum / nRows : 0);
      });
      if (options.sent === undefined || options.sent.includes(o)) {
        payload[`${level}/values/${o}`] = table((j, i) => value(j, i) * (o + 1));
      }
      payload[`${level}/interaction/${o}`] = encode(
        Int32Array.from(list, (_, j) => (list.length > 1 ? (j === 0 ? 1 : 0) : -1)),
      );
    });
    payload[`${level}/importance`] = floats(importance, [outputs.length, list.length], "float64");
    payload[`${level}/importance_error`] = floats(
      importance.map((v) => v / 50),
      [outputs.length, list.length],
      "float64",
    );
  }
  const predictions = Array.from({ length: nRows * outputs.length }, (_, k) => k / 10);
  payload.predictions = floats(predictions, [nRows, outputs.length], "float64");
  const schema: Schema = {
    version: 1,
    package_version: "0.1.0",
    title: "Fixture",
    task,
    n_rows: nRows,
    n_sampled: nRows,
    seed: 0,
    output_names: outputs,
    output_space: task === "regression" ? "raw" : "log-odds",
    unit: task === "regression" ? "price" : "log-odds",
    has_model: true,
    has_truth: false,
    model_note: null,
    truth: { raw: TRUTH, engineered: options.engineered ? TRUTH : null },
    levels,
    features: { raw: features, engineered: options.engineered ?? [] },
    base_values: { raw: outputs.map(() => 0), engineered: [] },
    base_probabilities: null,
    row_labels: Array.from({ length: nRows }, (_, i) => `row-${i}`),
    outcome_names: null,
    changes: null,
  };
  return {
    output: outputs[outputs.length - 1],
    _schema: schema,
    _payload: payload,
    _epoch: 1,
    ...options.traits,
  };
}
