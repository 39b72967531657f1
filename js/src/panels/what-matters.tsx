/** Left of the overview: which features matter, and how. */

import type { Signal } from "@preact/signals";
import { useSignal } from "@preact/signals";
import { useMemo, useState } from "preact/hooks";
import { rampPoints } from "../charts/point-colors";
import { RankedChart, type RankedHit, type SwarmSource } from "../charts/ranked";
import { classStack, type RankedRow, rankedRows } from "../charts/ranked-rows";
import { extentOf } from "../charts/scale";
import { shadeOf, unshaded } from "../charts/shade";
import type { StackPart } from "../charts/stack-bar";
import type { GlobalChart } from "../protocol";
import type { Store } from "../store";
import { usePalette } from "../ui/context";
import { Button, Empty, Segmented } from "../ui/controls";
import { formatCount, formatMagnitude, formatPercent, formatSigned, formatValue, plural } from "../ui/format";
import { TableTwin } from "../ui/table-twin";
import { categoryColor, css } from "../ui/theme";
import { Tooltip } from "../ui/tooltip";
import { useSize } from "../ui/use-size";
import { quantity } from "../wording";

const STACK_COLORS = 8;

function TopK({ store, total }: { store: Store; total: number }) {
  const shown = Math.min(store.topK.value, total);
  return (
    <label class="iw-topk">
      top
      <input
        type="number"
        min={1}
        max={total}
        value={shown}
        data-testid="iw-top-k"
        aria-label="Number of features shown"
        onChange={(event) => {
          const wanted = Math.round(Number(event.currentTarget.value));
          const next = Number.isFinite(wanted) ? Math.max(1, Math.min(total, wanted)) : shown;
          event.currentTarget.value = String(next);
          if (next !== store.topK.value) store.setTopK(next);
        }}
      />
      of {formatCount(total)}
    </label>
  );
}

function HoverNote({ store, hit, width }: { store: Store; hit: RankedHit; width: number }) {
  const { row, local } = hit;
  const schema = store.schema.value;
  const x = store.x(row.level)?.feature(row.index);
  const values = store.values(row.level)?.feature(row.index);
  if (local < 0 || !values) {
    // Over the bar and its number only: elsewhere the note would hide the rows above.
    if (hit.x < width - (store.globalChart.value === "beeswarm" ? 112 : width * 0.7)) return null;
    const rank = row.child ? null : store.ranking.value.indexOf(row.index) + 1;
    return (
      <Tooltip x={hit.x} y={hit.y} width={width}>
        <div class="iw-tooltip-head">{row.info.name}</div>
        <div>
          mean |contribution| <b>{formatMagnitude(row.importance)}</b>
          {row.error > 0 ? ` ± ${formatMagnitude(1.96 * row.error)}` : ""}
        </div>
        {rank ? (
          <div>
            rank {rank} of {plural(store.features(row.level).length, "feature")}
          </div>
        ) : null}
        {row.info.missing > 0 ? <div>{formatPercent(row.info.missing)} missing</div> : null}
      </Tooltip>
    );
  }
  const value = values[local] as number;
  const outputs = schema.output_names.length;
  const probability = store.probabilities()?.[local * outputs + store.outputIndex.value];
  const prediction = store.predictions()?.[local * outputs + store.outputIndex.value];
  return (
    <Tooltip x={hit.x} y={hit.y} width={width}>
      <div class="iw-tooltip-head">{schema.row_labels[local]}</div>
      <div>
        {row.info.name} = <b>{x ? formatValue(row.info, x[local] as number) : "?"}</b>
      </div>
      <div>
        contribution <b>{formatSigned(value)}</b>
      </div>
      {probability !== undefined ? (
        <div>
          {schema.output_names[store.outputIndex.value]} <b>{formatPercent(probability)}</b>
        </div>
      ) : prediction !== undefined ? (
        <div>
          prediction <b>{formatMagnitude(prediction)}</b>
        </div>
      ) : null}
    </Tooltip>
  );
}

export function WhatMatters({ store, hovered }: { store: Store; hovered: Signal<number> }) {
  const palette = usePalette();
  const { ref, width } = useSize({ width: 560, height: 400 });
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const hit = useSignal<RankedHit | null>(null);

  const schema = store.schema.value;
  const level = store.level.value;
  const output = store.outputIndex.value;
  const features = store.features();
  const multi = schema.output_names.length > 2;
  const wanted = store.globalChart.value;
  const chart: GlobalChart = wanted === "by-class" && !multi ? "bar" : wanted;
  const values = chart === "beeswarm" ? store.values() : null;
  const fetching = chart === "beeswarm" && !values && store.x() !== null;

  const byClass = chart === "by-class";
  const importance = store.importance();
  const error = store.importanceError();
  const stacked = useMemo(() => {
    if (!byClass) return null;
    const perOutput = schema.output_names.map((_, at) => store.importance(level, at));
    return { perOutput, ...classStack(perOutput, features.length, STACK_COLORS) };
  }, [byClass, schema, level, importance]);
  const ranking = stacked ? stacked.ranking : store.ranking.value;
  const engineered = useMemo(
    () =>
      level === "raw" && schema.levels.includes("engineered") && !byClass
        ? {
            features: store.features("engineered"),
            importance: store.importance("engineered", output),
            error: store.importanceError("engineered", output),
          }
        : null,
    [level, schema, output, byClass, importance],
  );
  const rows = useMemo(
    () =>
      rankedRows(level, ranking, store.topK.value, { features, importance, error }, unfolded, engineered).map(
        (row) => (byClass ? { ...row, tiedWith: 0 } : row),
      ),
    [level, ranking, store.topK.value, features, importance, error, unfolded, engineered, byClass],
  );

  const hasChildren = rows.some((row) => row.child);
  const childValues = hasChildren && chart === "beeswarm" ? store.values("engineered") : null;
  const sampled = schema.n_sampled < schema.n_rows;
  const greys = [
    ...(rows.some((row) => !row.info.ordered) ? ["levels without an order"] : []),
    ...(rows.some((row) => row.info.missing > 0) ? ["missing"] : []),
  ];
  const { swarmOf, domain } = useMemo(() => {
    const sources = new Map<string, SwarmSource | null>();
    const swarmOf = (row: RankedRow): SwarmSource | null => {
      const key = `${row.level}/${row.index}`;
      let source = sources.get(key);
      if (source === undefined) {
        const matrix = row.level === level ? values : childValues;
        const x = store.x(row.level);
        source =
          matrix && x
            ? {
                values: matrix.feature(row.index),
                // A ramp also for features with few values: one legend serves all rows.
                colors: rampPoints(row.info.ordered ? shadeOf(x, row.index) : unshaded(x.nRows), palette),
                density: sampled ? store.density(row.level) : null,
              }
            : null;
        sources.set(key, source);
      }
      return source;
    };
    let extent = { low: 0, high: 0 };
    for (const row of rows) {
      const matrix = row.level === level ? values : childValues;
      if (matrix) extent = extentOf(matrix.feature(row.index), extent) ?? extent;
    }
    const density = sampled && values ? store.density() : null;
    if (density) {
      for (const row of rows) {
        if (row.child) continue;
        const step = (density.high - density.low) / density.nBins;
        for (let b = 0; b < density.nBins; b++) {
          if ((density.counts[row.index * density.nBins + b] ?? 0) === 0) continue;
          extent.low = Math.min(extent.low, density.low + b * step);
          extent.high = Math.max(extent.high, density.low + (b + 1) * step);
        }
      }
    }
    return { swarmOf, domain: [extent.low, extent.high] as const };
  }, [values, childValues, rows, palette, level, sampled]);

  const stack: StackPart[] | null = useMemo(() => {
    if (!stacked) return null;
    const parts: StackPart[] = stacked.outputs.map((at, slot) => ({
      label: schema.output_names[at] ?? "",
      color: categoryColor(palette, slot),
      value: (row) => stacked.perOutput[at]?.[row.index] ?? 0,
    }));
    if (stacked.others.length > 0) {
      parts.push({
        label: `${stacked.others.length} others`,
        color: css(palette.missing),
        value: (row) =>
          stacked.others.reduce((sum, at) => sum + (stacked.perOutput[at]?.[row.index] ?? 0), 0),
      });
    }
    return parts;
  }, [stacked, schema, palette]);

  const charts: { value: GlobalChart; label: string; title: string }[] = [
    { value: "bar", label: "Bars", title: "Mean |contribution| over all rows" },
    {
      value: "beeswarm",
      label: "Beeswarm",
      title: "Every row's contribution, coloured by the feature's value",
    },
  ];
  if (multi)
    charts.push({ value: "by-class", label: "By class", title: "Mean |contribution| per class, stacked" });

  const toggle = (row: RankedRow) => {
    const next = new Set(unfolded);
    if (!next.delete(row.info.name)) next.add(row.info.name);
    setUnfolded(next);
  };
  const open = (row: RankedRow) => {
    if (!row.child) store.setFeature(row.info.name);
  };
  const onPoint = (local: number, row: RankedRow) => {
    const position = store.rows()[local];
    if (position === undefined) return;
    store.setRow(position);
    open(row);
  };
  const mask = store.selectionMask.value ?? store.cohortMask.value;
  const measured = rows.some((row) => row.error > 0);
  const what = quantity(schema, output);
  const noted = byClass ? "mean |contribution|, summed" : `mean |contribution|${measured ? " ± 95 %" : ""}`;

  return (
    <div class="iw-pane">
      <div class="iw-hd">
        <h3>What matters</h3>
        <Segmented label="Chart" value={chart} options={charts} onChange={store.setGlobalChart} />
        <span class="iw-grow" />
        {features.length > 1 ? <TopK store={store} total={features.length} /> : null}
        <span
          class="iw-note"
          title={schema.n_rows > 0 ? `Over all ${plural(schema.n_rows, "row")}` : undefined}
        >
          {noted}
        </span>
      </div>
      <div ref={ref} style={{ position: "relative" }}>
        {rows.length === 0 ? (
          <Empty>There is no feature to rank.</Empty>
        ) : (
          <>
            <RankedChart
              rows={rows}
              chart={chart}
              width={width}
              domain={domain}
              axisLabel={`contribution to ${what}`}
              focus={features[store.focus.value]?.name ?? null}
              unfolded={unfolded}
              swarmOf={swarmOf}
              stack={stack}
              mask={mask}
              localRow={store.localRow.value}
              hovered={hovered}
              onOpen={open}
              onToggle={toggle}
              onPoint={onPoint}
              onHover={(next) => {
                hit.value = next;
              }}
            />
            <HoverLayer store={store} hit={hit} width={width} />
          </>
        )}
      </div>
      {fetching ? (
        <div class="iw-legend" role="status">
          {store.fetchError.value ?? `Fetching the contributions to ${schema.output_names[output]}…`}
          {store.fetchError.value ? (
            <Button kind="quiet" onClick={store.retryFetch}>
              Try again
            </Button>
          ) : null}
        </div>
      ) : null}
      {chart === "beeswarm" && values ? (
        <div class="iw-legend">
          <span class="iw-legend-item">
            feature value <span class="iw-ramp" aria-hidden="true" /> low → high
          </span>
          {greys.length > 0 ? (
            <span class="iw-legend-item">
              <span class="iw-square iw-square-grey" /> {greys.join(", ")}
            </span>
          ) : null}
          {sampled ? (
            <span class="iw-legend-item">
              band: all {formatCount(schema.n_rows)} rows · points: {formatCount(schema.n_sampled)} drawn
            </span>
          ) : null}
        </div>
      ) : null}
      {stack ? (
        <div class="iw-legend">
          {stack.map((part) => (
            <span class="iw-legend-item" key={part.label}>
              <span class="iw-square" style={{ background: part.color }} />
              <span class="iw-ellipsis" title={part.label}>
                {part.label}
              </span>
            </span>
          ))}
        </div>
      ) : null}
      <TableTwin
        caption={`Features by mean absolute contribution to ${what}`}
        columns={["Feature", "Mean |contribution|", "± 95 %"]}
        rows={rows.map((row) => [
          row.info.name,
          formatMagnitude(row.importance),
          formatMagnitude(1.96 * row.error),
        ])}
      />
    </div>
  );
}

/** Alone, so that moving the pointer draws the note and nothing else. */
function HoverLayer({ store, hit, width }: { store: Store; hit: Signal<RankedHit | null>; width: number }) {
  return hit.value ? <HoverNote store={store} hit={hit.value} width={width} /> : null;
}
