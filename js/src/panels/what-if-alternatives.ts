/**
 * The search for alternatives of one row: what is held, what was asked, and what was found.
 *
 * Holds and limits stay when another row is looked at; results go with the row that they are about.
 */
import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Alternatives, Level } from "../protocol";
import { RpcError } from "../rpc";
import type { Store } from "../store";

export interface AlternativeSearch {
  /** Features that alternatives leave as they are. */
  readonly held: ReadonlySignal<ReadonlySet<string>>;
  /** Most features that may change; null = any number. */
  readonly most: ReadonlySignal<number | null>;
  /** The class to reach, null = any other; regression: "up" or "down". */
  readonly desired: ReadonlySignal<string | null>;
  readonly found: ReadonlySignal<Alternatives | null>;
  readonly busy: ReadonlySignal<boolean>;
  /** Share of the search that is done. */
  readonly progress: ReadonlySignal<number>;
  readonly failure: ReadonlySignal<string | null>;
  hold(feature: string, on: boolean): void;
  releaseAll(): void;
  setMost(most: number | null): void;
  setDesired(desired: string | null): void;
  start(): void;
  cancel(): void;
  /** Another row or explanation: nothing found is true any more. `why` is told where a search was under way. */
  clear(why?: string | null): void;
}

/** The search itself ends after some seconds; a slow model may take its last batch far beyond. */
const TIMEOUT = 120_000;
const SLOT = "alternatives";

export function createAlternatives(store: Store, editLevel: () => Level): AlternativeSearch {
  const held = signal<ReadonlySet<string>>(new Set());
  const most = signal<number | null>(null);
  const desired = signal<string | null>(null);
  const found = signal<Alternatives | null>(null);
  const busy = signal(false);
  const progress = signal(0);
  const failure = signal<string | null>(null);
  let token = 0;

  const cancel = () => {
    if (!busy.peek()) return;
    token++;
    store.rpc.cancel(SLOT);
    busy.value = false;
  };

  return {
    held,
    most,
    desired,
    found,
    busy,
    progress,
    failure,
    hold(feature, on) {
      const next = new Set(held.peek());
      if (on) next.add(feature);
      else next.delete(feature);
      held.value = next;
    },
    releaseAll() {
      held.value = new Set();
    },
    setMost(value) {
      most.value = value;
    },
    setDesired(value) {
      desired.value = value;
    },
    start() {
      const mine = ++token;
      const row = store.row.peek();
      const { task, output_names } = store.schema.peek();
      const known = new Set(store.features(editLevel()).map((info) => info.name));
      const wanted = desired.peek();
      const named = wanted !== null && output_names.includes(wanted) ? wanted : null;
      batch(() => {
        busy.value = true;
        progress.value = 0;
        failure.value = null;
        found.value = null;
      });
      store.rpc
        .request(
          "counterfactuals",
          {
            row,
            desired: task === "regression" ? (wanted === "down" ? "down" : "up") : named,
            fixed: [...held.peek()].filter((name) => known.has(name)),
            max_changes: most.peek(),
          },
          {
            slot: SLOT,
            timeout: TIMEOUT,
            onProgress: ({ done, total }) => {
              if (mine === token) progress.value = total > 0 ? done / total : 0;
            },
          },
        )
        .then(
          (result) => {
            if (mine !== token) return;
            batch(() => {
              busy.value = false;
              found.value = result;
            });
          },
          (error: unknown) => {
            if (mine !== token) return;
            batch(() => {
              busy.value = false;
              if (error instanceof RpcError && error.superseded) return;
              failure.value = error instanceof Error ? error.message : String(error);
            });
          },
        );
    },
    cancel,
    clear(why = null) {
      const wasBusy = busy.peek();
      cancel();
      batch(() => {
        found.value = null;
        failure.value = wasBusy ? why : null;
      });
    },
  };
}
