/** What a training monitor says: its recorded rounds as typed arrays, and where the page stands in them. */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { decode, decodeFloats } from "../codec";
import type { Model } from "../model";
import type { Flight, FlightRemark, RunState } from "../protocol";
import type { Store } from "../store";

/** Scrubbing asks Python for another model: not at every pixel. */
const SETTLE = 80;

export interface Curve {
  name: string;
  set: "train" | "valid" | "other";
  metric: string;
  higherIsBetter: boolean;
  values: Float64Array;
}

export interface Run {
  name: string;
  state: RunState;
  message: string | null;
  best: number | null;
  seconds: number;
  rounds: Int32Array;
  /** Mean |value| of a feature after the k-th recorded round; of two classes the second is recorded. */
  importance(k: number, output: number, feature: number): number;
  nFeatures: number;
  curves: Curve[];
}

export interface Training {
  readonly flight: ReadonlySignal<Flight | null>;
  readonly runs: ReadonlySignal<Run[]>;
  readonly active: ReadonlySignal<Run | null>;
  readonly remarks: ReadonlySignal<readonly FlightRemark[]>;
  /** The round set, or null: the newest. */
  readonly round: ReadonlySignal<number | null>;
  readonly compare: ReadonlySignal<number | null>;
  setRound(round: number | null): void;
  setCompare(round: number | null): void;
}

export function isMonitor(model: Model): boolean {
  const flight = model.get("_flight");
  return Boolean(flight && "runs" in flight);
}

const kept = new WeakMap<Store, Training>();

/** One per store, so that all views of a monitor stand at the same round. */
export function trainingOf(store: Store): Training {
  let training = kept.get(store);
  if (!training) {
    training = createTraining(store.model);
    kept.set(store, training);
  }
  return training;
}

export function createTraining(model: Model): Training {
  const read = () => {
    const flight = model.get("_flight");
    return flight && "runs" in flight ? (flight as Flight) : null;
  };
  const flight = signal(read());
  const round = signal<number | null>(model.get("round") ?? null);
  const compare = signal<number | null>(model.get("compare") ?? null);
  model.on("change:_flight", () => {
    flight.value = read();
  });
  model.on("change:round", () => {
    round.value = model.get("round") ?? null;
  });
  model.on("change:compare", () => {
    compare.value = model.get("compare") ?? null;
  });
  const runs = computed(() => (flight.value?.runs ?? []).map(decoded));
  const active = computed(() => runs.value[flight.value?.active ?? 0] ?? null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const send = () => {
    model.set("round", round.peek());
    model.set("compare", compare.peek());
    model.save_changes();
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(send, SETTLE);
  };
  return {
    flight,
    runs,
    active,
    remarks: computed(() => flight.value?.remarks ?? []),
    round,
    compare,
    setRound(next) {
      if (next === round.peek()) return;
      round.value = next;
      later();
    },
    setCompare(next) {
      if (next === compare.peek()) return;
      compare.value = next;
      later();
    },
  };
}

function decoded(run: Flight["runs"][number]): Run {
  const rounds = decode(run.rounds).data as Int32Array;
  const { data, shape } = decode(run.importance);
  const [, outputs = 1, features = 0] = shape;
  return {
    name: run.name,
    state: run.state,
    message: run.message,
    best: run.best,
    seconds: run.seconds,
    rounds,
    nFeatures: features,
    importance: (k, output, feature) =>
      data[(k * outputs + Math.min(output, outputs - 1)) * features + feature] as number,
    curves: run.metrics.map((metric) => ({
      name: metric.name,
      set: metric.set,
      metric: metric.metric,
      higherIsBetter: metric.higher_is_better,
      values: decodeFloats(metric.values),
    })),
  };
}

/** Position of the recorded round nearest to one. */
export function nearest(rounds: ArrayLike<number>, wanted: number): number {
  let best = 0;
  for (let k = 1; k < rounds.length; k++) {
    if (Math.abs((rounds[k] as number) - wanted) <= Math.abs((rounds[best] as number) - wanted)) best = k;
  }
  return best;
}

/** The features that are strongest at the newest or at any time, strongest now first. */
export function topFeatures(run: Run, output: number, count: number): number[] {
  const last = run.rounds.length - 1;
  const peak = Array.from({ length: run.nFeatures }, (_, feature) => {
    let most = 0;
    for (let k = 0; k <= last; k++) most = Math.max(most, run.importance(k, output, feature));
    return most;
  });
  return peak
    .map((_, feature) => feature)
    .sort((a, b) => (peak[b] as number) - (peak[a] as number))
    .slice(0, count)
    .sort((a, b) => run.importance(last, output, b) - run.importance(last, output, a));
}

/** Rank of each listed feature among all, 1 the strongest, after each recorded round. */
export function ranksOf(run: Run, output: number, features: readonly number[]): number[][] {
  return features.map((feature) =>
    Array.from(run.rounds, (_, k) => {
      const own = run.importance(k, output, feature);
      let rank = 1;
      for (let other = 0; other < run.nFeatures; other++) {
        if (run.importance(k, output, other) > own) rank++;
      }
      return rank;
    }),
  );
}
