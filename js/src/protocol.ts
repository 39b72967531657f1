/**
 * What crosses the wire between Python (`interpret_widget/widget/`) and the browser.
 * Same nouns on both sides, snake_case as written by Python. See docs/protocol.md.
 */

export type Level = "raw" | "engineered";
export type View = "training" | "changes" | "overview" | "row";
export type GlobalChart = "bar" | "beeswarm" | "by-class";
export type Kind = "numeric" | "integer" | "boolean" | "categorical" | "datetime" | "text";
export type Task = "binary" | "multiclass" | "regression";
export type OutputSpace = "probability" | "log-odds" | "raw";

/** A typed buffer. `data` is bytes, C order, little endian. */
export interface EncodedArray {
  dtype: "float32" | "float64" | "int32" | "uint32" | "uint16" | "uint8";
  shape: number[];
  data: DataView | ArrayBuffer | Uint8Array;
}

export interface FeatureInfo {
  name: string;
  kind: Kind;
  /** Labels of codes 0, 1, …, for boolean, categorical and text; at most 200, most frequent kept. Code -1 = a level not listed. */
  categories: string[] | null;
  /** False where values have no low and high: unordered categories and text. */
  ordered: boolean;
  /** Over the finite values of all rows; null where there is none. Datetimes are milliseconds since 1970 UTC. */
  min: number | null;
  max: number | null;
  /** Numeric kinds: edges has one more entry than counts. Kinds with categories: edges is [] and counts follow categories. */
  histogram: { edges: number[]; counts: number[] };
  /** Share of all rows that are missing. */
  missing: number;
  /** Engineered level: positions of the raw columns that feed it. Raw level: []. */
  parents: number[];
  /** Raw level: positions of the engineered columns it feeds. Engineered level: []. */
  children: number[];
}

/** How true the numbers are. */
export interface Truth {
  exact: boolean;
  /** "linear", "tree", "sampling", "given", ... */
  method: string;
  /** One sentence: why this route. */
  reason: string;
  /** Largest |base + sum(values) - prediction| over all rows; null where predictions are unknown. */
  residual: number | null;
  /** "path-dependent", "100 rows", ... */
  background: string;
  seconds: number | null;
  /** Other remarks that the user must read, one sentence each. */
  notes: string[];
  /** How well the surrogate that is explained stands for the model; null without one. */
  fidelity: Fidelity | null;
}

export interface Fidelity {
  surrogate: string;
  r2: number;
  agreement: number | null;
  n_rows: number;
  /** Each row has a surrogate of its own; `r2` is the median of theirs. */
  is_local: boolean;
  is_low: boolean;
}

export interface Schema {
  version: 1;
  package_version: string;
  title: string;
  task: Task;
  n_rows: number;
  /** Rows in the payload. */
  n_sampled: number;
  seed: number;
  output_names: string[];
  output_space: OutputSpace;
  /** For people: "log-odds", "probability", "decision value", the target's name or "prediction". */
  unit: string;
  has_model: boolean;
  has_truth: boolean;
  /** Why what-if is off, or null. */
  model_note: string | null;
  truth: Record<Level, Truth | null>;
  /** ["raw"] or ["raw", "engineered"] or ["engineered"]. */
  levels: Level[];
  features: Record<Level, FeatureInfo[]>;
  /** In the space of the values. [n_outputs] */
  base_values: Record<Level, number[]>;
  /** Probability at the base value, where the model has probabilities. [n_outputs] */
  base_probabilities: number[] | null;
  /** Labels of the row index of the sampled rows, as text. [n_sampled] */
  row_labels: string[];
  /** Labels of the true outcomes; classification: names by code; regression: null. */
  outcome_names: string[] | null;
  /** What changed on the way to this explanation; null without a comparison. */
  changes: Changes | null;
}

/** Estimates that get better while they are looked at. */
export interface Estimate {
  state: "running" | "finished" | "stopped" | "failed";
  /** Of the predictions that the limits allow. */
  share: number;
  /** A standard error as a share of a contribution; null where there is none. */
  error: number | null;
  message: string | null;
}

/** Two explanations side by side; the second one is shown. */
export interface Changes {
  /** What the two are called. */
  names: [string, string];
  n_rows: [number, number];
  /** Findings in sentences, the most important first. */
  words: string[];
  outputs: OutputChanges[];
  /** Where the same rows were explained twice. */
  rows: RowChanges | null;
}

export interface OutputChanges {
  /** Position of the output. */
  output: number;
  /** Share of all importance that is on other features now. */
  moved: number;
  /** Agreement of the order of features; 1 is the same. */
  ndcg: number;
  /** Of a classifier that tells the two tables apart by contributions; null where it was not asked. */
  auc: number | null;
  auc_p: number | null;
  mean_before: number | null;
  mean_after: number | null;
  n_features: number;
  /** Those that moved most first; not always all. */
  features: FeatureChange[];
}

export interface FeatureChange {
  name: string;
  /** Shares of all importance. */
  before: number | null;
  after: number | null;
  rank_before: number;
  rank_after: number;
  /** Distance between the contributions, as a share of all importance before. */
  moved: number | null;
  p: number | null;
  drifted: boolean;
  /** What is new in the column itself. */
  remarks: string;
}

export interface RowChanges {
  n: number;
  /** Rows with another predicted class; null for regression. */
  flipped: number | null;
  /** Those that changed most first; not always all. */
  lines: {
    /** Position in the data set. */
    row: number;
    label: string;
    before: string | number | null;
    after: string | number | null;
    flipped: boolean;
    change: number | null;
    feature: string;
  }[];
}

/**
 * Keys of the `_payload` dict. `{level}` is raw|engineered, `{output}` a position.
 *
 * rows                       uint32  [n_sampled]            positions in the data set, increasing
 * predictions                float64 [n_sampled, n_outputs] in the space of the values
 * probabilities              float64 [n_sampled, n_outputs] only where the model has them
 * model_answers              float64 [n_sampled, n_outputs] only where a surrogate is explained: the model's own answer
 * local_r2                   float64 [n_sampled, n_outputs] only where each row has a surrogate: how well it fits
 * outcomes                   float64 [n_sampled]            only has_truth: class code or target; NaN unknown
 * {level}/x                  float32 [n_features, n_sampled] number, code (categories) or ms; NaN missing
 * {level}/importance         float64 [n_outputs, n_features] mean |value| over ALL rows
 * {level}/importance_error   float64 [n_outputs, n_features] 1 standard error of it
 * {level}/values/{output}    float32 [n_features, n_sampled]
 * {level}/std_errors/{output} float32 [n_features, n_sampled] only where estimated
 * {level}/density/{output}   uint32  [n_features, n_bins]   count of ALL rows per bin of value
 * {level}/density_x/{output} float32 [n_features, n_bins]   mean feature value of the bin's rows scaled 0..1 by rank, NaN empty
 * {level}/density_range/{output} float64 [2]                lowest and highest edge, shared by all features
 * {level}/interaction/{output} int32 [n_features]           strongest interacting feature, -1 none
 *
 * The first payload holds the values of the default output only; others come by `output_payload`.
 */
export type Payload = Record<string, EncodedArray>;

/** What-if value: number, category label, boolean or missing (null). Datetimes travel as ISO text. */
export type EditValue = number | string | boolean | null;
export type Edits = Record<string, EditValue>;

export interface Scenario {
  name: string;
  row: number;
  edits: Edits;
  /** In display space: probability where the model has them, else prediction. [n_outputs] */
  prediction: number[];
}

/** One condition; a cohort is the conjunction of them. */
export interface Condition {
  feature: string;
  min?: number;
  max?: number;
  values?: string[];
}

/** Traits both ways. */
/** A text in pieces: each with the position of its token, or -1 between tokens. */
export interface EvidenceDocument {
  pieces: [string, number][];
  /** (n_tokens, n_outputs) */
  values: EncodedArray;
  errors: EncodedArray | null;
  base: number[];
  prediction: number[];
  /** What terms contribute that the text lacks. */
  absent: number[];
  note: string;
}

interface EvidenceHead {
  outputs: string[];
  unit: string;
  how: string;
}

/** What `EvidenceWidget` shows: no other trait of the dashboard but `output` is there, as a position. */
export type Evidence =
  | (EvidenceHead & { kind: "text"; documents: EvidenceDocument[] })
  | (EvidenceHead & {
      kind: "image";
      /** uint8 (h, w, 4) */
      pixels: EncodedArray;
      /** uint32 (h, w) */
      segments: EncodedArray;
      values: EncodedArray;
      errors: EncodedArray | null;
      base: number[];
      prediction: number[];
    });

export interface Traits {
  /** Only of an `EvidenceWidget`, with the text shown. */
  _evidence?: Evidence;
  document?: number;
  view: View;
  output: string;
  feature: string | null;
  /** null = the strongest interaction, chosen automatically. */
  color_feature: string | null;
  row: number;
  /** uint32 positions in the data set. */
  selection: DataView;
  cohort: Condition[];
  threshold: number;
  top_k: number;
  level: Level;
  global_chart: GlobalChart;
  scenario: Edits;
  scenarios: Scenario[];
  // to the browser only
  _schema: Schema;
  _payload: Payload;
  _epoch: number;
  _status: Status;
  /** Of a training monitor: the round that is shown, null for the newest; and one to compare it with. */
  round?: number | null;
  compare?: number | null;
  _flight?: Flight | Record<string, never>;
  _estimate?: Estimate | Record<string, never>;
}

export type RunState = "waiting" | "running" | "paused" | "stopping" | "finished" | "stopped" | "failed";

/** What a training monitor has recorded; replaced as a whole. */
export interface Flight {
  seq: number;
  /** Position of the run that is shown. */
  active: number;
  /** Round whose model the other panels show. */
  shown: number | null;
  runs: FlightRun[];
  remarks: FlightRemark[];
  can_stop: boolean;
  /** The training runs in the cell itself: questions are answered after it. */
  blocking: boolean;
  /** The monitor's own failure; training goes on. */
  error: string | null;
}

export interface FlightRun {
  name: string;
  state: RunState;
  message: string | null;
  best: number | null;
  seconds: number;
  /** int32 [n_rounds] */
  rounds: EncodedArray;
  /** float32 [n_rounds, n_outputs or 1, n_features]: mean |value| */
  importance: EncodedArray;
  metrics: FlightMetric[];
}

export interface FlightMetric {
  name: string;
  set: "train" | "valid" | "other";
  metric: string;
  higher_is_better: boolean;
  /** float64 [n_rounds], NaN where not measured */
  values: EncodedArray;
}

export interface FlightRemark {
  kind: "settled" | "took-over" | "apart" | "leak";
  round: number;
  text: string;
  feature: string | null;
}

export interface RowThroughRounds {
  label: string;
  rounds: EncodedArray;
  prediction: EncodedArray;
  features: EncodedArray;
  /** [n_rounds, n_features listed] */
  values: EncodedArray;
}

export interface RoundsCompared {
  before: EncodedArray;
  after: EncodedArray;
  flipped: number;
  /** Some of the rows that flipped, and what they are called. */
  rows: EncodedArray;
  labels: string[];
  n_rows: number;
}

export interface Status {
  /** "live": a kernel answers; "static": an exported file or a lost kernel. */
  mode: "live" | "static";
  message: string | null;
}

export interface Methods {
  hello: { params: Record<string, never>; result: { epoch: number; package_version: string } };
  /** Stored explanation (edits {}) or the edited row explained anew by the model. */
  explain_row: { params: { row: number; edits: Edits; level: Level }; result: RowExplanation };
  predict: { params: { row: number; edits: Edits }; result: RowPrediction };
  /** ICE of the (edited) row and PDP behind it, in display space. */
  partial_dependence: {
    params: { feature: string; row: number; edits: Edits; output: string };
    result: PartialDependence;
  };
  rows: { params: RowsQuery; result: RowsPage };
  /** Keys of `_payload` that belong to this output and level. */
  output_payload: { params: { output: string; level: Level }; result: Payload };
  counterfactual: { params: { row: number; output: string }; result: Counterfactual };
  /** Few edits, several ways. `desired`: a class, null = any other; regression: "up" or "down". Reports progress. */
  counterfactuals: {
    params: { row: number; desired: string | null; fixed: string[]; max_changes: number | null };
    result: Alternatives;
  };
  estimate_stop: { params: Record<string, never>; result: { state: Estimate["state"] } };
  training_stop: { params: Record<string, never>; result: { state: RunState } };
  training_pause: { params: { pause: boolean }; result: { state: RunState } };
  training_row: { params: { row: number; output: number }; result: RowThroughRounds };
  training_compare: { params: { a: number; b: number; output: number }; result: RoundsCompared };
}

export interface RowPrediction {
  /** In the space of the values. [n_outputs] */
  prediction: number[];
  /** [n_outputs] or null */
  probability: number[] | null;
  seconds: number;
}

export interface RowExplanation extends RowPrediction {
  row: number;
  label: string;
  level: Level;
  base_values: number[];
  /** [n_outputs, n_features] */
  values: EncodedArray;
  std_errors: EncodedArray | null;
  /** Feature values as numbers or codes, like `x`. [n_features] */
  x: EncodedArray;
  /** Text of each value for people. [n_features] */
  x_text: string[];
  /** Where a surrogate is explained: what the model itself says; null where nobody knows. */
  model_answer: number[] | null;
  outcome: number | null;
  exact: boolean;
  residual: number | null;
}

export interface PartialDependence {
  feature: string;
  /** Numbers (numeric kinds, ms for datetimes) or category codes. */
  grid: number[];
  ice: number[];
  pdp: number[];
  /** Rows averaged for the pdp. */
  n_background: number;
  seconds: number;
}

export interface RowsQuery {
  /** "position" | "label" | "prediction" | "outcome" | "error" | "uncertainty" */
  sort: string;
  descending: boolean;
  search: string;
  offset: number;
  limit: number;
  output: string;
  /** Only the rows of the cohort. */
  cohort: Condition[];
}

export interface RowsPage {
  total: number;
  offset: number;
  rows: EncodedArray;
  labels: string[];
  /** [n, n_outputs], probability where the model has them, else prediction. */
  predictions: EncodedArray;
  outcomes: EncodedArray | null;
}

export interface Counterfactual {
  /** Position of the nearest row with another predicted outcome; its label; the edits that lead there, fewest first. */
  row: number;
  label: string;
  edits: Edits;
  prediction: number[];
  probability: number[] | null;
}

export interface Alternative {
  edits: Edits;
  /** Old and new text of each value that changes. */
  texts: Record<string, [string, string]>;
  /** Name of the predicted class; null for regression. */
  outcome: string | null;
  prediction: number[];
  probability: number[] | null;
}

export interface Alternatives {
  /** The fewest edits first. */
  items: Alternative[];
  goal: string;
  /** No smaller set of edits leads there, over the values tried. */
  is_fewest: boolean;
  notes: string[];
}

export type Method = keyof Methods;

export interface Request<M extends Method = Method> {
  kind: "request";
  id: string;
  /** One request in flight per slot; a newer one supersedes. */
  slot: string;
  epoch: number;
  method: M;
  params: Methods[M]["params"];
}

export interface ErrorInfo {
  /** "invalid_value" | "model_error" | "cancelled" | "superseded" | "stale" | "bad_request" | "no_model" */
  code: string;
  message: string;
  hint: string | null;
  /** The feature whose edit is at fault, where known. */
  feature: string | null;
}

/** Binary leaves of `result` are {dtype, shape, buffer: i}; `i` indexes the message's buffers. */
export type Response =
  | { kind: "response"; id: string; ok: true; result: unknown }
  | { kind: "response"; id: string; ok: false; error: ErrorInfo };

export interface Progress {
  kind: "progress";
  id: string;
  done: number;
  total: number;
  text: string;
}

export interface Cancel {
  kind: "cancel";
  id: string;
}

/**
 * A state at rest: exported HTML and the golden files of the tests.
 * `state` holds the traits as JSON; a binary leaf is {dtype, shape, offset, length} into the concatenated bytes.
 * `buffers` is base64(gzip(bytes)).
 */
export interface StaticState {
  format: "interpret-widget/state";
  version: 1;
  state: Record<string, unknown>;
  buffers: string;
}
