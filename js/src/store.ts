/**
 * The state of one dashboard: traits as signals, payload as typed arrays, actions that write back to Python.
 *
 * Python's changes come in through `change:<trait>`; the page's go out through `set` + `save_changes`. All views
 * of a model share one store. The anchor of that sharing is the `_schema` object: hosts give every view its own
 * model proxy, but one and the same trait objects.
 */
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Decoded, decodePositions, encodePositions } from "./codec";
import { cohortMask, type Table, withCondition, withoutFeature } from "./cohort";
import { readEstimate, steadyOrder } from "./estimate";
import type { Model } from "./model";
import { type Density, type Matrix, PayloadView } from "./payload";
import type {
  Condition,
  Edits,
  FeatureInfo,
  GlobalChart,
  Level,
  Scenario,
  Schema,
  Status,
  Traits,
  Truth,
  View,
} from "./protocol";
import { type Contact, createRpc, type Rpc } from "./rpc";

export interface Store {
  readonly model: Model;
  readonly rpc: Rpc;
  readonly schema: ReadonlySignal<Schema>;
  readonly epoch: ReadonlySignal<number>;
  // Traits
  readonly view: ReadonlySignal<View>;
  /** Name of the output; `outputIndex` is its position. */
  readonly output: ReadonlySignal<string>;
  readonly level: ReadonlySignal<Level>;
  /** As set, or null; `focus` is the feature really shown. */
  readonly feature: ReadonlySignal<string | null>;
  readonly colorFeature: ReadonlySignal<string | null>;
  /** Position in the data set; `localRow` is its position in the payload. */
  readonly row: ReadonlySignal<number>;
  /** Positions in the data set. */
  readonly selection: ReadonlySignal<Uint32Array>;
  readonly cohort: ReadonlySignal<readonly Condition[]>;
  readonly threshold: ReadonlySignal<number>;
  readonly topK: ReadonlySignal<number>;
  readonly globalChart: ReadonlySignal<GlobalChart>;
  readonly scenario: ReadonlySignal<Edits>;
  readonly scenarios: ReadonlySignal<readonly Scenario[]>;
  /** "live": answers. "busy": no answer yet. "lost": restarted or gone. "static": an exported file. */
  readonly kernel: ReadonlySignal<Contact>;
  readonly status: ReadonlySignal<Status>;
  /** True when the model can be asked: what-if, ICE, counterfactuals. */
  readonly canAsk: ReadonlySignal<boolean>;
  // Derived
  readonly outputIndex: ReadonlySignal<number>;
  readonly truth: ReadonlySignal<Truth | null>;
  /** Positions of the features of this level and output, most important first. */
  readonly ranking: ReadonlySignal<readonly number[]>;
  /** Position (this level) of the feature shown: the one set, else the most important. -1 without features. */
  readonly focus: ReadonlySignal<number>;
  /** Position of `row` in the payload, or -1 where it was not sampled. */
  readonly localRow: ReadonlySignal<number>;
  /** Per payload row 1 inside the cohort; null without a cohort. */
  readonly cohortMask: ReadonlySignal<Uint8Array | null>;
  /** Per payload row 1 when selected; null without a selection. */
  readonly selectionMask: ReadonlySignal<Uint8Array | null>;
  // Payload; each subscribes the reader to the payload's changes
  features(level?: Level): readonly FeatureInfo[];
  featureIndex(name: string, level?: Level): number;
  /** Positions in the data set of the payload's rows, increasing. */
  rows(): Uint32Array;
  localOf(row: number): number;
  x(level?: Level): Matrix | null;
  /** Null while it is being fetched (`fetching` says so) or cannot be had (`fetchError` says why). */
  values(level?: Level, output?: number): Matrix | null;
  stdErrors(level?: Level, output?: number): Matrix | null;
  density(level?: Level, output?: number): Density | null;
  /** Strongest interacting feature per feature, -1 none. */
  interaction(level?: Level, output?: number): Int32Array | null;
  /** mean |value| over all rows, per feature. */
  importance(level?: Level, output?: number): Float64Array;
  /** One standard error of it, per feature. */
  importanceError(level?: Level, output?: number): Float64Array;
  /** [n_sampled, n_outputs], row-major, in the space of the values. */
  predictions(): Float64Array | null;
  probabilities(): Float64Array | null;
  /** What the model itself answers, where a surrogate is explained. [n_sampled, n_outputs] */
  modelAnswers(): Float64Array | null;
  /** R² of the linear model around each row, where there are such. [n_sampled, n_outputs] */
  localFits(): Float64Array | null;
  outcomes(): Float64Array | null;
  readonly fetching: ReadonlySignal<boolean>;
  readonly fetchError: ReadonlySignal<string | null>;
  retryFetch(): void;
  // Actions
  setView(view: View): void;
  setOutput(index: number): void;
  setLevel(level: Level): void;
  setFeature(name: string | null): void;
  setColorFeature(name: string | null): void;
  /** Another row; edits belong to the row they were made on and are left behind. */
  setRow(row: number): void;
  setSelection(positions: Uint32Array): void;
  /** Replace or add the condition on its feature; with the rows to select where the caller knows them. */
  addCondition(condition: Condition, selection?: Uint32Array): void;
  removeCondition(feature: string): void;
  clearCohort(): void;
  setThreshold(threshold: number): void;
  setTopK(k: number): void;
  setGlobalChart(chart: GlobalChart): void;
  /** Edits of the row in focus, or of another one, which then comes into focus. */
  setScenario(edits: Edits, row?: number): void;
  setScenarios(scenarios: Scenario[]): void;
  dispose(): void;
}

const NO_FLOATS = new Float64Array(0);
const NO_ROWS = new Uint32Array(0);

/** Position in an increasing array, or -1. */
export function positionOf(sorted: ArrayLike<number>, wanted: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] as number;
    if (value === wanted) return middle;
    if (value < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Positions by descending importance; ties keep the column order; NaN last. */
export function rankDescending(values: ArrayLike<number>): number[] {
  const key = (index: number) => {
    const value = values[index] as number;
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };
  return Array.from({ length: values.length }, (_, index) => index).sort((a, b) => key(b) - key(a) || a - b);
}

export function createStore(model: Model, rpc: Rpc = createRpc(model)): Store {
  const releases: (() => void)[] = [];

  function follow<K extends keyof Traits, T>(name: K, read: (value: Traits[K]) => T): Signal<T> {
    const held = signal(read(model.get(name)));
    const onChange = () => {
      held.value = read(model.get(name));
    };
    model.on(`change:${name}`, onChange);
    releases.push(() => model.off(`change:${name}`, onChange));
    return held;
  }
  const same = <T>(value: T): T => value;

  // Before the signals below, so that their readers find it already forgotten.
  const asked = new Set<string>();
  const inFlight = signal(0);
  const fetchError = signal<string | null>(null);
  const forget = () => {
    asked.clear();
    fetchError.value = null;
  };
  for (const event of ["change:_epoch", "change:_payload"]) {
    model.on(event, forget);
    releases.push(() => model.off(event, forget));
  }

  const schema = follow("_schema", same);
  const epoch = follow("_epoch", same);
  const payload = follow("_payload", (value) => new PayloadView(value));
  const status = follow("_status", (value) => value ?? { mode: "live", message: null });
  const view = follow("view", (value) => value ?? "overview");
  const output = follow("output", (value) => value ?? "");
  const level = follow("level", same);
  const feature = follow("feature", (value) => value ?? null);
  const colorFeature = follow("color_feature", (value) => value ?? null);
  const row = follow("row", (value) => value ?? 0);
  const selection = follow("selection", decodePositions);
  const cohort = follow("cohort", (value): readonly Condition[] => value ?? []);
  const threshold = follow("threshold", (value) => value ?? 0.5);
  const topK = follow("top_k", (value) => value ?? 12);
  const globalChart = follow("global_chart", (value) => value ?? "beeswarm");
  const scenario = follow("scenario", (value): Edits => value ?? {});
  const scenarios = follow("scenarios", (value): readonly Scenario[] => value ?? []);

  const kernel = signal<Contact>("live");
  releases.push(
    rpc.onContact((contact) => {
      kernel.value = contact;
    }),
  );

  // A level that the explanation lacks falls back to one that it has.
  const shownLevel = computed<Level>(() => {
    const levels = schema.value.levels;
    return levels.includes(level.value) ? level.value : (levels[0] ?? "raw");
  });
  const outputIndex = computed(() => {
    const names = schema.value.output_names;
    const at = names.indexOf(output.value);
    if (at >= 0) return at;
    return schema.value.task === "binary" && names.length === 2 ? 1 : 0;
  });
  const truth = computed(() => schema.value.truth[shownLevel.value] ?? null);
  const canAsk = computed(
    () => schema.value.has_model && kernel.value !== "static" && kernel.value !== "lost",
  );

  const features = (which: Level = shownLevel.value) => schema.value.features[which] ?? [];
  const featureIndex = (name: string, which: Level = shownLevel.value) =>
    features(which).findIndex((item) => item.name === name);

  // One and the same view per row of a payload's array, so that readers can compare by identity.
  const views = new WeakMap<Decoded, Float64Array[]>();
  const perOutput = (key: string, at: number): Float64Array => {
    const decoded = payload.value.array(key);
    if (!decoded) return NO_FLOATS;
    let rowsOf = views.get(decoded);
    if (!rowsOf) {
      const [height = 0, width = 0] = decoded.shape;
      const data = decoded.data instanceof Float64Array ? decoded.data : Float64Array.from(decoded.data);
      rowsOf = Array.from({ length: height }, (_, o) => data.subarray(o * width, (o + 1) * width));
      views.set(decoded, rowsOf);
    }
    return rowsOf[at] ?? NO_FLOATS;
  };
  const importance = (which: Level = shownLevel.value, at = outputIndex.value) =>
    perOutput(`${which}/importance`, at);
  const importanceError = (which: Level = shownLevel.value, at = outputIndex.value) =>
    perOutput(`${which}/importance_error`, at);

  let steady: { key: string; order: readonly number[] } | null = null;
  const ranking = computed<readonly number[]>(() => {
    const values = importance();
    if (values.length === 0) return features().map((_, index) => index);
    if (!readEstimate(model)) return rankDescending(values);
    // While estimates get better, features stay where they are unless they clearly belong elsewhere.
    const key = `${shownLevel.value}/${outputIndex.value}/${values.length}`;
    const order =
      steady?.key === key ? steadyOrder(steady.order, values, importanceError()) : rankDescending(values);
    steady = { key, order };
    return order;
  });
  const focus = computed(() => {
    const at = feature.value === null ? -1 : featureIndex(feature.value);
    return at >= 0 ? at : (ranking.value[0] ?? -1);
  });

  const rows = () => (payload.value.numbers("rows") as Uint32Array | null) ?? NO_ROWS;
  const localRow = computed(() => positionOf(rows(), row.value));
  const x = (which: Level = shownLevel.value) => payload.value.matrix(`${which}/x`);

  const mask = computed(() => {
    const tables: Table[] = [];
    for (const which of schema.value.levels) {
      const matrix = x(which);
      if (matrix) tables.push({ features: features(which), x: matrix });
    }
    return cohortMask(cohort.value, tables);
  });
  const selectionMask = computed(() => {
    const chosen = selection.value;
    if (chosen.length === 0) return null;
    const positions = rows();
    const bits = new Uint8Array(positions.length);
    for (const position of chosen) {
      const at = positionOf(positions, position);
      if (at >= 0) bits[at] = 1;
    }
    return bits;
  });

  // Values of further outputs are asked for once, when first read.
  const fetchOutput = async (which: Level, at: number) => {
    const key = `${which}/${at}`;
    const name = schema.value.output_names[at];
    if (asked.has(key) || name === undefined) return;
    asked.add(key);
    const asOf = epoch.value;
    inFlight.value++;
    try {
      const more = await rpc.request(
        "output_payload",
        { output: name, level: which },
        { slot: `output:${key}` },
      );
      if (asOf === epoch.value) {
        batch(() => {
          payload.value = payload.value.extended(more);
          fetchError.value = null;
        });
      }
    } catch (error) {
      fetchError.value = `The values of “${name}” could not be fetched: ${(error as Error).message}`;
    } finally {
      inFlight.value--;
    }
  };
  const values = (which: Level = shownLevel.value, at = outputIndex.value) => {
    const matrix = payload.value.matrix(`${which}/values/${at}`);
    void epoch.value;
    // Not inside the caller's computation: fetching writes signals.
    if (!matrix && schema.value.levels.includes(which)) queueMicrotask(() => void fetchOutput(which, at));
    return matrix;
  };

  function write(changes: Partial<Traits>): void {
    batch(() => {
      for (const [name, value] of Object.entries(changes)) {
        model.set(name as keyof Traits, value as never);
      }
      // Hosts that do not announce a page's own change still see it at once.
      if (changes.view !== undefined) view.value = changes.view;
      if (changes.output !== undefined) output.value = changes.output;
      if (changes.level !== undefined) level.value = changes.level;
      if (changes.feature !== undefined) feature.value = changes.feature;
      if (changes.color_feature !== undefined) colorFeature.value = changes.color_feature;
      if (changes.row !== undefined) row.value = changes.row;
      if (changes.selection !== undefined) selection.value = decodePositions(changes.selection);
      if (changes.cohort !== undefined) cohort.value = changes.cohort;
      if (changes.threshold !== undefined) threshold.value = changes.threshold;
      if (changes.top_k !== undefined) topK.value = changes.top_k;
      if (changes.global_chart !== undefined) globalChart.value = changes.global_chart;
      if (changes.scenario !== undefined) scenario.value = changes.scenario;
      if (changes.scenarios !== undefined) scenarios.value = changes.scenarios;
    });
    model.save_changes();
  }

  /** The same column on the other level, as well as it can be told. */
  const translated = (name: string | null, from: Level, to: Level): string | null => {
    if (name === null) return null;
    if (featureIndex(name, to) >= 0) return name;
    const info = features(from)[featureIndex(name, from)];
    const kin = from === "raw" ? info?.children[0] : info?.parents[0];
    return kin === undefined ? null : (features(to)[kin]?.name ?? null);
  };

  const store: Store = {
    model,
    rpc,
    schema,
    epoch,
    view,
    output,
    level: shownLevel,
    feature,
    colorFeature,
    row,
    selection,
    cohort,
    threshold,
    topK,
    globalChart,
    scenario,
    scenarios,
    kernel,
    status,
    canAsk,
    outputIndex,
    truth,
    ranking,
    focus,
    localRow,
    cohortMask: mask,
    selectionMask,
    features,
    featureIndex,
    rows,
    localOf: (position) => positionOf(rows(), position),
    x,
    values,
    stdErrors: (which = shownLevel.value, at = outputIndex.value) =>
      payload.value.matrix(`${which}/std_errors/${at}`),
    density: (which = shownLevel.value, at = outputIndex.value) => payload.value.density(which, at),
    interaction: (which = shownLevel.value, at = outputIndex.value) =>
      payload.value.numbers(`${which}/interaction/${at}`) as Int32Array | null,
    importance,
    importanceError,
    predictions: () => payload.value.numbers("predictions") as Float64Array | null,
    modelAnswers: () => payload.value.numbers("model_answers") as Float64Array | null,
    localFits: () => payload.value.numbers("local_r2") as Float64Array | null,
    probabilities: () => payload.value.numbers("probabilities") as Float64Array | null,
    outcomes: () => payload.value.numbers("outcomes") as Float64Array | null,
    fetching: computed(() => inFlight.value > 0),
    fetchError,
    retryFetch() {
      forget();
      payload.value = payload.value.extended({});
    },
    setView: (value) => write({ view: value }),
    setOutput(index) {
      const name = schema.value.output_names[index];
      if (name !== undefined) write({ output: name });
    },
    setLevel(to) {
      const from = shownLevel.value;
      if (to === from) return;
      write({
        level: to,
        feature: translated(feature.value, from, to),
        color_feature: translated(colorFeature.value, from, to),
      });
    },
    setFeature: (name) => write({ feature: name }),
    setColorFeature: (name) => write({ color_feature: name }),
    setRow(position) {
      if (position === row.value) return;
      // Both at once: Python never sees the new row with the old row's edits.
      const edited = Object.keys(scenario.value).length > 0;
      write(edited ? { row: position, scenario: {} } : { row: position });
    },
    setSelection: (positions) => write({ selection: encodePositions(positions) }),
    addCondition(condition, chosen) {
      const next = withCondition(cohort.value, condition);
      if (chosen) write({ cohort: next, selection: encodePositions(chosen) });
      else write({ cohort: next });
    },
    removeCondition(name) {
      const next = withoutFeature(cohort.value, name);
      write(next.length > 0 ? { cohort: next } : { cohort: next, selection: encodePositions(NO_ROWS) });
    },
    clearCohort: () => write({ cohort: [], selection: encodePositions(NO_ROWS) }),
    setThreshold: (value) => write({ threshold: value }),
    setTopK: (k) => write({ top_k: k }),
    setGlobalChart: (chart) => write({ global_chart: chart }),
    setScenario: (edits, position) =>
      write(position === undefined ? { scenario: edits } : { row: position, scenario: edits }),
    setScenarios: (list) => write({ scenarios: list }),
    dispose() {
      for (const release of releases) release();
      rpc.dispose();
      stores.delete(model);
      if (model.get("_schema")) stores.delete(model.get("_schema"));
    },
  };

  // A new schema object must lead later views here too.
  const anchor = () => {
    const current = model.get("_schema");
    if (current) stores.set(current, store);
  };
  anchor();
  stores.set(model, store);
  model.on("change:_schema", anchor);
  releases.push(() => model.off("change:_schema", anchor));
  return store;
}

const stores = new WeakMap<object, Store>();

/** The store of this model, made on the first call. */
export function storeOf(model: Model): Store {
  const current = model.get("_schema");
  return stores.get(model) ?? (current ? stores.get(current) : undefined) ?? createStore(model);
}
