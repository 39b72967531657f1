/** The row in focus: from the sample at once, else from the kernel; the earlier drawing stays until then. */
import { batch, computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { Level } from "../protocol";
import { RpcError } from "../rpc";
import type { Store } from "../store";
import { type Explained, fromReply, fromSample, needsText } from "./row-explained";

export interface Drawn {
  readonly row: Explained;
  readonly output: number;
  readonly values: Float64Array;
}

export interface RowState {
  /** The last row and output whose values are all here; they may be earlier ones, then `stale` is true. */
  readonly drawn: ReadonlySignal<Drawn | null>;
  readonly stale: ReadonlySignal<boolean>;
  /** The row's own values on the level that is edited; null while unknown. */
  readonly own: ReadonlySignal<Explained | null>;
  /** The columns that a user edits: raw ones wherever they exist. */
  readonly editLevel: ReadonlySignal<Level>;
  /** Why the row cannot be shown. */
  readonly problem: ReadonlySignal<string | null>;
  /** Follow the store until released. */
  activate(): () => void;
}

const REMEMBERED = 64;
const RETRY_MS = 200;

export function createRowState(store: Store): RowState {
  const known = signal<ReadonlyMap<string, Explained>>(new Map());
  const failed = signal<{ key: string; message: string } | null>(null);
  const retries = signal(0);
  const keyOf = (row: number, level: Level) => `${store.epoch.value}/${level}/${row}`;

  const editLevel = computed<Level>(() => {
    const { levels } = store.schema.value;
    return levels.includes("raw") ? "raw" : (levels[0] ?? "raw");
  });
  const at = (level: Level) => {
    const row = store.row.value;
    return known.value.get(keyOf(row, level)) ?? fromSample(store, row, level);
  };
  const wanted = computed(() => at(store.level.value));
  const own = computed(() => at(editLevel.value));
  const drawn = signal<Drawn | null>(null);
  const reachable = computed(() => store.kernel.value === "live" || store.kernel.value === "busy");
  const problem = computed(() => {
    if (wanted.value) return null;
    const key = keyOf(store.row.value, store.level.value);
    if (failed.value?.key === key) return failed.value.message;
    if (reachable.value) return null;
    return `Row ${store.row.value} is not among the sampled rows; explaining it needs a running kernel.`;
  });

  /** Ask for what the sample lacks. */
  const ensure = (level: Level, slot: string) => {
    void retries.value;
    const row = store.row.value;
    const key = keyOf(row, level);
    if (known.value.has(key) || !reachable.value) return;
    const sample = fromSample(store, row, level);
    if (sample && !needsText(store.features(level), sample.x)) return;
    untracked(() => {
      store.rpc.request("explain_row", { row, edits: {}, level }, { slot }).then(
        (reply) => {
          const next = new Map(known.peek());
          next.set(key, fromReply(reply));
          const oldest = next.keys().next().value;
          if (next.size > REMEMBERED && oldest !== undefined) next.delete(oldest);
          batch(() => {
            known.value = next;
            failed.value = null;
          });
        },
        (error: unknown) => {
          if (error instanceof RpcError && error.superseded) {
            // By another page of the same kernel, where this one still waits: ask again.
            const waits = key === `${store.epoch.peek()}/${level}/${store.row.peek()}`;
            if (error.code === "superseded" && waits) setTimeout(() => retries.value++, RETRY_MS);
            return;
          }
          failed.value = { key, message: error instanceof Error ? error.message : String(error) };
        },
      );
    });
  };

  let users = 0;
  let stops: (() => void)[] = [];
  return {
    drawn,
    own,
    editLevel,
    problem,
    stale: computed(
      () => drawn.value?.row !== wanted.value || drawn.value?.output !== store.outputIndex.value,
    ),
    activate() {
      if (users++ === 0) {
        stops = [
          effect(() => ensure(store.level.value, "row")),
          effect(() => {
            if (editLevel.value !== store.level.value) ensure(editLevel.value, "row-values");
          }),
          effect(() => {
            const row = wanted.value;
            const output = store.outputIndex.value;
            const values = row?.values(output);
            if (row && values) drawn.value = { row, output, values };
          }),
        ];
      }
      let released = false;
      return () => {
        if (released) return;
        released = true;
        if (--users > 0) return;
        for (const stop of stops) stop();
        stops = [];
      };
    },
  };
}
