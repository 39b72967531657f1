/** The table of rows: sort, search, jump; only what is in view is drawn. */
import { useContext, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Store } from "../store";
import { ShownContext } from "../ui/context";
import { Select } from "../ui/controls";
import { formatCount, formatFixed, formatSigned, plural } from "../ui/format";
import { Icon } from "../ui/icon";
import { useLate } from "../ui/use-late";
import { useSize } from "../ui/use-size";
import { useUniqueId } from "../ui/use-unique-id";
import { Spinner } from "./row-why";
import {
  displayText,
  PRESETS,
  type Preset,
  presetOf,
  presetOptions,
  type SortKey,
  visibleRange,
} from "./rows-query";
import { type RowLine, type RowsSource, rowsSourceOf } from "./rows-source";

const ROW_HEIGHT = 27;

export function RowsTable({ store }: { store: Store }) {
  const source = rowsSourceOf(store);
  const isShown = useContext(ShownContext);
  useEffect(() => (isShown ? source.activate() : undefined), [source, isShown]);
  const id = useUniqueId("iw-rows");
  const { ref: scroller, height } = useSize<HTMLDivElement>({ width: 0, height: 460 });
  const grid = useRef<HTMLDivElement>(null);
  const searchBox = useRef<HTMLInputElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const scrolled = useRef(0);
  const brought = useRef(false);
  const schema = store.schema.value;
  const total = source.total.value;
  const row = store.row.value;
  const sorting = source.sorting.value;
  const late = useLate(source.loading.value);
  const { first, last } = visibleRange(scrollTop, height, ROW_HEIGHT, total);
  const index = source.indexOf(row);

  useEffect(() => source.show(first, Math.max(last, 20)), [source, first, last]);
  // The row in focus comes into view, wherever it was chosen; a new order starts at its top unless it holds the row.
  const order = `${sorting.sort}${sorting.descending}${source.search.value}`;
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box || index < 0) return;
    // From what is known: reading the element here would make the browser lay everything out twice.
    const top = index * ROW_HEIGHT;
    if (top >= scrolled.current && top + ROW_HEIGHT <= scrolled.current + height) return;
    const most = Math.max(0, total * ROW_HEIGHT - height);
    const to = Math.min(most, Math.max(0, top - Math.floor(height / 2 / ROW_HEIGHT) * ROW_HEIGHT));
    // Its scroll event brings no news, and asking for the position would cost another layout.
    brought.current = to !== scrolled.current;
    // In the frame, when all is drawn: at once, it would lay out a half-drawn page.
    requestAnimationFrame(() => {
      box.scrollTop = to;
    });
    scrolled.current = to;
    setScrollTop(to);
  }, [index, order, height > 0, scroller]);
  // What is hidden cannot be scrolled: done when it comes back.
  useLayoutEffect(() => {
    if (!isShown) return;
    const frame = requestAnimationFrame(() => {
      const box = scroller.current;
      if (!box || box.scrollTop === scrolled.current) return;
      brought.current = true;
      box.scrollTop = scrolled.current;
    });
    return () => cancelAnimationFrame(frame);
  }, [isShown, scroller]);

  const go = (to: number) => {
    const target = Math.max(0, Math.min(total - 1, to));
    const line = source.line(target);
    if (line) store.setRow(line.position);
    else if (scroller.current) scroller.current.scrollTop = target * ROW_HEIGHT;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(height / ROW_HEIGHT) - 1);
    const from = index < 0 ? first : index;
    const to = {
      ArrowDown: index < 0 ? from : from + 1,
      ArrowUp: from - 1,
      PageDown: from + page,
      PageUp: from - page,
      Home: 0,
      End: total - 1,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      go(to);
    } else if (event.key.length === 1 && event.key !== " ") {
      // Typing anywhere in the table searches.
      searchBox.current?.focus();
    }
  };
  const preset = presetOf(sorting);
  const options: { value: string; label: string }[] = presetOptions(schema);
  if (preset === null) options.unshift({ value: "custom", label: "Sorted by column" });
  return (
    <section class="iw-pane iw-rows-pane" aria-label="Rows">
      <div class="iw-hd">
        <h3>Rows</h3>
        <span class="iw-grow" />
        {late ? <Spinner label="Fetching rows" /> : null}
        <Select
          label="Order of the rows"
          value={preset ?? "custom"}
          options={options}
          onChange={(value) => {
            if (value in PRESETS) source.setSorting(PRESETS[value as Preset]);
          }}
          testid="iw-preset"
        />
      </div>
      <div class="iw-search">
        <Icon name="search" size={13} />
        <input
          ref={searchBox}
          type="search"
          placeholder="Search label or value…"
          aria-label="Search rows by label or value"
          data-testid="iw-search"
          spellcheck={false}
          autocomplete="off"
          value={source.search.value}
          onInput={(event) => source.setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") go(0);
            else if (event.key === "Escape" && source.search.peek() !== "") {
              event.stopPropagation();
              source.setSearch("");
            } else if (event.key === "ArrowDown") {
              event.preventDefault();
              go(Math.max(index, 0));
              grid.current?.focus();
            }
          }}
        />
      </div>
      <div
        ref={grid}
        class={`iw-rows${schema.has_truth ? "" : " iw-rows-plain"}${schema.task === "regression" ? " iw-rows-numbers" : ""}`}
        role="grid"
        aria-label="Rows"
        aria-rowcount={total + 1}
        aria-colcount={schema.has_truth ? 4 : 2}
        aria-activedescendant={index >= first && index < last ? `${id}-${index}` : undefined}
        tabIndex={0}
        data-testid="iw-rows"
        data-lm-suppress-shortcuts="true"
        onKeyDown={onKeyDown}
      >
        <Head store={store} source={source} />
        <div
          ref={scroller}
          class="iw-rows-scroll"
          role="presentation"
          onScroll={(event) => {
            const own = brought.current;
            brought.current = false;
            if (own) return;
            scrolled.current = event.currentTarget.scrollTop;
            setScrollTop(scrolled.current);
          }}
        >
          <div class="iw-rows-all" role="presentation" style={{ height: `${total * ROW_HEIGHT}px` }}>
            {Array.from({ length: last - first }, (_, k) => (
              <Line
                key={first + k}
                id={`${id}-${first + k}`}
                store={store}
                line={source.line(first + k)}
                index={first + k}
                span={source.span.value}
                selected={first + k === index}
              />
            ))}
          </div>
          {total === 0 && !source.loading.value ? <p class="iw-rows-none">{nothing(source)}</p> : null}
        </div>
      </div>
      <Scope store={store} source={source} />
    </section>
  );
}

function nothing(source: RowsSource): string {
  if (source.problem.value !== null) return source.problem.value;
  return source.search.value.trim() === ""
    ? "No rows here."
    : `No row matches “${source.search.value.trim()}”.`;
}

function Scope({ store, source }: { store: Store; source: RowsSource }) {
  const schema = store.schema.value;
  const total = source.total.value;
  const cohort = store.cohort.value.length > 0;
  const searched = source.search.value.trim() !== "";
  const parts: string[] = [];
  if (cohort || searched) {
    parts.push(`${formatCount(total)} of ${plural(schema.n_rows, "row")}`);
    if (cohort) parts.push("in the cohort");
  } else if (!source.paged.value && schema.n_sampled < schema.n_rows) {
    parts.push(`${formatCount(schema.n_sampled)} sampled of ${plural(schema.n_rows, "row")}`);
  } else parts.push(plural(schema.n_rows, "row"));
  if (!source.paged.value && schema.n_sampled < schema.n_rows && (cohort || searched)) {
    parts.push(`searched in ${formatCount(schema.n_sampled)} sampled`);
  }
  const current = presetOf(source.sorting.value);
  const others = presetOptions(schema).filter(
    (option) => option.value !== current && option.value !== "order",
  );
  return (
    <p class="iw-note iw-rows-scope">
      <span aria-live="polite">{parts.join(" · ")}</span>
      {others.map((option) => (
        <button
          type="button"
          key={option.value}
          class="iw-link"
          onClick={() => source.setSorting(PRESETS[option.value])}
        >
          {option.label.toLowerCase()}
        </button>
      ))}
    </p>
  );
}

function Head({ store, source }: { store: Store; source: RowsSource }) {
  const schema = store.schema.value;
  const output = store.outputIndex.value;
  const name = schema.output_names[output] ?? "";
  const prediction =
    schema.task === "regression" ? "prediction" : store.probabilities() ? `P(${name})` : `score of ${name}`;
  const columns: { sort: SortKey; label: string; right?: boolean }[] = [
    { sort: "label", label: "row" },
    { sort: "prediction", label: prediction, right: true },
  ];
  if (schema.has_truth) {
    columns.push({ sort: "outcome", label: "actual", right: schema.task === "regression" });
    columns.push({ sort: "error", label: "error", right: true });
  }
  const { sort, descending } = source.sorting.value;
  return (
    <div class="iw-rows-line iw-rows-head" role="row" aria-rowindex={1}>
      {columns.map((column) => (
        <span
          key={column.sort}
          role="columnheader"
          class={column.right ? "iw-right" : undefined}
          aria-sort={column.sort === sort ? (descending ? "descending" : "ascending") : "none"}
        >
          <button
            type="button"
            data-sort={column.sort}
            title={`Sort by ${column.label}`}
            onClick={() => source.sortBy(column.sort)}
          >
            <span class="iw-ellipsis">{column.label}</span>
            {column.sort === sort ? <i aria-hidden="true">{descending ? "▾" : "▴"}</i> : null}
          </button>
        </span>
      ))}
    </div>
  );
}

function Line(props: {
  id: string;
  store: Store;
  line: RowLine | null;
  index: number;
  span: readonly [number, number];
  selected: boolean;
}) {
  const { id, store, line, index, span, selected } = props;
  const schema = store.schema.value;
  const top = `${index * ROW_HEIGHT}px`;
  if (!line) {
    return (
      <div class="iw-rows-line iw-rows-wait" role="row" aria-rowindex={index + 2} style={{ top }}>
        <span role="gridcell">…</span>
      </div>
    );
  }
  const probability = store.probabilities() !== null;
  const share = probability
    ? line.prediction
    : span[1] > span[0]
      ? (line.prediction - span[0]) / (span[1] - span[0])
      : 1;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid's arrow keys do the same
    <div
      id={id}
      class={selected ? "iw-rows-line iw-rows-on" : "iw-rows-line"}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      style={{ top }}
      data-testid="iw-row"
      data-row={line.position}
      data-label={line.label}
      data-prediction={line.prediction}
      onClick={() => store.setRow(line.position)}
    >
      <span role="gridcell" class="iw-ellipsis" title={line.label}>
        {line.label}
      </span>
      <span role="gridcell" class="iw-right">
        <i class="iw-rows-bar" aria-hidden="true">
          <i style={{ width: `${Math.max(0, Math.min(1, share || 0)) * 100}%` }} />
        </i>
        {displayText(line.prediction, probability)}
      </span>
      {schema.has_truth ? <Actual store={store} line={line} /> : null}
    </div>
  );
}

function Actual({ store, line }: { store: Store; line: RowLine }) {
  const schema = store.schema.value;
  if (schema.task === "regression") {
    return (
      <>
        <span role="gridcell" class="iw-right">
          {line.outcome === null ? "–" : displayText(line.outcome, false)}
        </span>
        <span role="gridcell" class="iw-right iw-rows-error">
          {line.error === null ? "–" : formatSigned(line.error)}
        </span>
      </>
    );
  }
  const name = line.outcome === null ? "–" : (schema.outcome_names?.[line.outcome] ?? String(line.outcome));
  const same = line.outcome === store.outputIndex.value;
  const numbers = store.probabilities() !== null;
  const error = line.error === null ? "–" : numbers ? formatFixed(line.error, 2) : line.wrong ? "wrong" : "";
  return (
    <>
      <span role="gridcell" class={same ? "iw-ellipsis" : "iw-ellipsis iw-t3"} title={name}>
        {name}
      </span>
      <span
        role="gridcell"
        class={line.wrong ? "iw-right iw-rows-error iw-rows-wrong" : "iw-right iw-rows-error"}
        title={line.wrong ? "The prediction is wrong" : undefined}
      >
        {error}
      </span>
    </>
  );
}
