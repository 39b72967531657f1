/** Where the table's rows come from: the payload where it holds them all, else pages of the kernel, else the sample. */
import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { decode, decodeFloats } from "../codec";
import type { RowsPage, RowsQuery } from "../protocol";
import { RpcError } from "../rpc";
import type { Store } from "../store";
import {
  arranged,
  matcher,
  PRESETS,
  type RowFacts,
  rowFacts,
  type Sorting,
  type SortKey,
} from "./rows-query";

export interface RowLine {
  /** Position in the data set. */
  readonly position: number;
  readonly label: string;
  readonly prediction: number;
  readonly outcome: number | null;
  readonly error: number | null;
  readonly wrong: boolean;
}

export interface RowsSource {
  readonly sorting: ReadonlySignal<Sorting>;
  readonly search: ReadonlySignal<string>;
  readonly total: ReadonlySignal<number>;
  /** True when the kernel pages through rows that the payload lacks. */
  readonly paged: ReadonlySignal<boolean>;
  readonly loading: ReadonlySignal<boolean>;
  readonly problem: ReadonlySignal<string | null>;
  /** Lowest and highest prediction shown, for bars of a regression. */
  readonly span: ReadonlySignal<readonly [number, number]>;
  /** Null while the page is on its way. Subscribes the reader. */
  line(index: number): RowLine | null;
  /** Index in the order of a data-set position; -1 where it is not (yet) known. */
  indexOf(position: number): number;
  sortBy(sort: SortKey): void;
  setSorting(sorting: Sorting): void;
  setSearch(text: string): void;
  /** The rows in view; pages are fetched for them. */
  show(first: number, last: number): void;
  activate(): () => void;
}

export const PAGE = 100;
const DEBOUNCE_MS = 120;

export function createRowsSource(store: Store): RowsSource {
  const sorting = signal<Sorting>(PRESETS.likely);
  const search = signal("");
  const view = signal<{ first: number; last: number }>({ first: 0, last: 20 });
  const pages = signal<{ key: string; total: number; at: ReadonlyMap<number, RowFacts> } | null>(null);
  const loading = signal(false);
  const problem = signal<string | null>(null);

  const hasProbabilities = () => store.probabilities() !== null;
  const judged = (
    positions: ArrayLike<number>,
    labels: readonly string[],
    predictions: ArrayLike<number>,
    outcomes: ArrayLike<number> | null,
  ) =>
    rowFacts({
      positions,
      labels,
      predictions,
      nOutputs: store.schema.value.output_names.length,
      output: store.outputIndex.value,
      outcomes,
      task: store.schema.value.task,
      hasProbabilities: hasProbabilities(),
      threshold: store.threshold.value,
    });

  const paged = computed(() => {
    const schema = store.schema.value;
    const alive = store.kernel.value === "live" || store.kernel.value === "busy";
    return schema.n_sampled < schema.n_rows && alive;
  });

  const facts = computed(() => {
    const predictions = store.probabilities() ?? store.predictions();
    if (!predictions) return null;
    return judged(store.rows(), store.schema.value.row_labels, predictions, store.outcomes());
  });
  const order = computed(() => {
    const known = facts.value;
    if (!known) return new Uint32Array(0);
    const mask = store.cohortMask.value;
    const level = store.schema.value.levels.includes("raw") ? "raw" : store.level.value;
    const x = store.x(level);
    const matches = matcher(search.value, {
      labels: known.labels,
      features: x ? store.features(level) : [],
      column: (feature) => x?.feature(feature) ?? [],
      outcomes: known.outcome,
      outcomeNames: store.schema.value.outcome_names,
    });
    return arranged(known, sorting.value, (row) => (!mask || mask[row] === 1) && matches(row));
  });

  const query = computed<Omit<RowsQuery, "offset" | "limit">>(() => ({
    sort: sorting.value.sort,
    descending: sorting.value.descending,
    search: search.value.trim(),
    output: store.schema.value.output_names[store.outputIndex.value] ?? "",
    cohort: [...store.cohort.value],
  }));
  const key = computed(() => JSON.stringify([store.epoch.value, query.value]));

  const lineOf = (from: RowFacts, at: number): RowLine => {
    const outcome = from.outcome?.[at] ?? Number.NaN;
    const error = from.error?.[at] ?? Number.NaN;
    return {
      position: from.positions[at] as number,
      label: from.labels[at] ?? String(from.positions[at]),
      prediction: from.prediction[at] as number,
      outcome: Number.isNaN(outcome) ? null : outcome,
      error: Number.isNaN(error) ? null : error,
      wrong: from.wrong?.[at] === 1,
    };
  };

  const take = (page: RowsPage, asked: string) => {
    const known = pages.peek();
    const at = new Map(known?.key === asked && known.total === page.total ? known.at : []);
    at.set(
      Math.floor(page.offset / PAGE),
      untracked(() =>
        judged(
          decode(page.rows).data,
          page.labels,
          decodeFloats(page.predictions),
          page.outcomes ? decodeFloats(page.outcomes) : null,
        ),
      ),
    );
    pages.value = { key: asked, total: page.total, at };
  };

  const fetchPages = () => {
    const asked = key.peek();
    const known = pages.peek();
    const { first, last } = view.peek();
    const current = known?.key === asked ? known : null;
    const end = current ? Math.min(last, current.total) : last;
    for (let page = Math.floor(first / PAGE); page * PAGE < Math.max(end, 1); page++) {
      if (current?.at.has(page)) continue;
      loading.value = true;
      store.rpc.request("rows", { ...query.peek(), offset: page * PAGE, limit: PAGE }, { slot: "rows" }).then(
        (reply) => {
          if (asked !== key.peek()) return;
          take(reply, asked);
          loading.value = false;
          problem.value = null;
          fetchPages();
        },
        (error: unknown) => {
          if (error instanceof RpcError && error.superseded) return;
          loading.value = false;
          problem.value = error instanceof Error ? error.message : String(error);
        },
      );
      // One question per slot: the next page is asked for when this one is here.
      return;
    }
    loading.value = false;
  };

  const ofPage = computed(() => (paged.value ? pages.value : null));
  let users = 0;
  let stop = () => {};
  return {
    sorting,
    search,
    paged,
    loading,
    problem,
    total: computed(() => (paged.value ? (pages.value?.total ?? 0) : order.value.length)),
    span: computed(() => {
      const all = facts.value?.prediction ?? new Float64Array(0);
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (const value of all) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
      return [low, high] as const;
    }),
    line(index) {
      if (!paged.value) {
        const at = order.value[index];
        return at === undefined || !facts.value ? null : lineOf(facts.value, at);
      }
      const page = ofPage.value?.at.get(Math.floor(index / PAGE));
      const at = index % PAGE;
      return page && at < page.positions.length ? lineOf(page, at) : null;
    },
    indexOf(position) {
      if (!paged.value) {
        const local = store.localOf(position);
        return local < 0 ? -1 : order.value.indexOf(local);
      }
      for (const [page, known] of ofPage.value?.at ?? []) {
        const at = Array.prototype.indexOf.call(known.positions, position) as number;
        if (at >= 0) return page * PAGE + at;
      }
      return -1;
    },
    sortBy(sort) {
      const now = sorting.peek();
      const descending = now.sort === sort ? !now.descending : sort !== "label" && sort !== "position";
      sorting.value = { sort, descending };
    },
    setSorting: (next) => {
      sorting.value = next;
    },
    setSearch: (text) => {
      search.value = text;
    },
    show(first, last) {
      const now = view.peek();
      if (now.first !== first || now.last !== last) view.value = { first, last };
    },
    activate() {
      if (users++ === 0) {
        let timer: ReturnType<typeof setTimeout> | undefined;
        let before = "";
        const release = effect(() => {
          const asked = key.value;
          void view.value;
          clearTimeout(timer);
          if (!paged.value) return;
          untracked(() => {
            // The first look is not kept waiting; typing and scrolling are.
            if (before === "") fetchPages();
            else timer = setTimeout(fetchPages, DEBOUNCE_MS);
          });
          before = asked;
        });
        stop = () => {
          clearTimeout(timer);
          release();
        };
      }
      let released = false;
      return () => {
        if (released) return;
        released = true;
        if (--users === 0) stop();
      };
    },
  };
}

const sources = new WeakMap<Store, RowsSource>();

/** One per dashboard, so that sort and search outlive a change of tab. */
export function rowsSourceOf(store: Store): RowsSource {
  const known = sources.get(store);
  if (known) return known;
  const source = createRowsSource(store);
  sources.set(store, source);
  return source;
}
