/** Geometry of the dependence plot: where rows lie, what a brush means. Pure. */
import type { Condition, FeatureInfo } from "../protocol";
import { formatDate, formatTick } from "../ui/format";
import { extentOf, linear, type Scale } from "./scale";

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Lane {
  readonly label: string;
  /** Codes that fall into the lane; "others" holds several. */
  readonly codes: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface DependenceLayout {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly xScale: Scale | null;
  readonly yScale: Scale;
  readonly lanes: readonly Lane[];
  readonly missing: { start: number; end: number; count: number } | null;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
}

const MAX_LANES = 20;
const MISSING_WIDTH = 40;

/** The same small shift for the same row, whatever is drawn: −1..1. */
export function jitter(row: number): number {
  let h = (row + 0x9e3779b9) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
}

export function hasLanes(feature: FeatureInfo): boolean {
  return feature.categories !== null;
}

function lanesOf(feature: FeatureInfo, codes: Float32Array, left: number, right: number): Lane[] {
  const categories = feature.categories ?? [];
  const counts = new Map<number, number>();
  for (const code of codes) if (!Number.isNaN(code)) counts.set(code, (counts.get(code) ?? 0) + 1);
  // Levels that only unseen rows have keep a lane while there is room: absence is information.
  const known = categories.map((_, code) => code);
  let shown = known.length <= MAX_LANES ? known : known.filter((code) => counts.has(code));
  if (shown.length > MAX_LANES) {
    shown = [...shown].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0)).slice(0, MAX_LANES - 1);
    shown.sort((a, b) => a - b);
  }
  const kept = new Set(shown);
  const others = [...counts.keys()].filter((code) => !kept.has(code));
  const groups = shown.map((code) => ({ label: categories[code] ?? "", codes: [code] }));
  if (others.length > 0) {
    groups.push({ label: others.length === 1 ? "other" : `${others.length} others`, codes: others });
  }
  const width = (right - left) / Math.max(1, groups.length);
  return groups.map((group, at) => ({
    ...group,
    start: left + at * width,
    end: left + (at + 1) * width,
    count: group.codes.reduce((sum, code) => sum + (counts.get(code) ?? 0), 0),
  }));
}

function distinctUpTo(values: Float32Array, limit: number): number[] {
  const seen = new Set<number>();
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    seen.add(value);
    if (seen.size > limit) break;
  }
  return [...seen].sort((a, b) => a - b);
}

function numericTicks(feature: FeatureInfo, scale: Scale, values: Float32Array): Tick[] {
  const [low, high] = scale.domain;
  const room = Math.max(2, Math.floor((scale.range[1] - scale.range[0]) / 70));
  if (feature.kind === "datetime") {
    return scale.ticks(Math.min(5, room)).map((at) => ({ at, label: formatDate(at, high - low) }));
  }
  const few = distinctUpTo(values, 10);
  if (few.length <= 10 && few.length <= room * 2 && few.every(Number.isInteger)) {
    return few.map((at) => ({ at, label: formatTick(at) }));
  }
  return scale.ticks(room).map((at) => ({ at, label: formatTick(at) }));
}

export function dependenceLayout(
  feature: FeatureInfo,
  x: Float32Array,
  values: Float32Array,
  box: Box,
): DependenceLayout {
  const n = x.length;
  let nMissing = 0;
  for (const value of x) if (Number.isNaN(value)) nMissing++;
  const missing = nMissing > 0 ? { start: box.right - MISSING_WIDTH, end: box.right, count: nMissing } : null;
  const right = missing ? box.right - MISSING_WIDTH - 8 : box.right;

  const extent = extentOf(values) ?? { low: 0, high: 0 };
  const low = Math.min(0, extent.low);
  const high = Math.max(0, extent.high);
  const pad = (high - low || 1) * 0.06;
  const yScale = linear([low - pad, high + pad], [box.bottom, box.top]);
  const yTicks = yScale.ticks(5).map((at) => ({ at, label: formatTick(at, true) }));

  const px = new Float32Array(n).fill(Number.NaN);
  const py = new Float32Array(n);
  let lanes: Lane[] = [];
  let xScale: Scale | null = null;
  let xTicks: Tick[] = [];
  if (hasLanes(feature)) {
    lanes = lanesOf(feature, x, box.left, right);
    const laneOf = new Map<number, Lane>();
    for (const lane of lanes) for (const code of lane.codes) laneOf.set(code, lane);
    for (let i = 0; i < n; i++) {
      const lane = laneOf.get(x[i] as number);
      if (!lane) continue;
      px[i] = (lane.start + lane.end) / 2 + jitter(i) * Math.min(40, (lane.end - lane.start) * 0.36);
    }
    xTicks = lanes.map((lane) => ({ at: (lane.start + lane.end) / 2, label: lane.label }));
  } else {
    const edges = feature.histogram.edges;
    const seen = extentOf(x, null);
    const start = Math.min(feature.min ?? Number.POSITIVE_INFINITY, seen?.low ?? Number.POSITIVE_INFINITY);
    const end = Math.max(feature.max ?? Number.NEGATIVE_INFINITY, seen?.high ?? Number.NEGATIVE_INFINITY);
    const from = Number.isFinite(start) ? start : (edges[0] ?? 0);
    const to = Number.isFinite(end) ? end : (edges[edges.length - 1] ?? 1);
    const inset = Math.min(8, (right - box.left) / 4);
    const few = distinctUpTo(x, 24);
    // A few whole numbers stand amid their bars of the histogram, not at the edges of the plot.
    const margin = feature.kind === "integer" && few.length > 1 && to - from <= 24 ? 0.5 : 0;
    xScale = linear([from - margin, to + margin], [box.left + inset, right - inset]);
    xTicks = numericTicks(feature, xScale, x);
    // Few distinct values pile up on one line: spread each a little, well inside its neighbour's distance.
    let spread = 0;
    if (few.length <= 24 && n > 40) {
      let gap = Number.POSITIVE_INFINITY;
      for (let i = 1; i < few.length; i++) gap = Math.min(gap, (few[i] as number) - (few[i - 1] as number));
      const pixels = Number.isFinite(gap) ? xScale(from + gap) - xScale(from) : 40;
      spread = Math.min(Math.max(9, pixels * 0.12), pixels * 0.28);
    }
    for (let i = 0; i < n; i++) px[i] = xScale(x[i] as number) + (spread > 0 ? jitter(i) * spread : 0);
  }
  for (let i = 0; i < n; i++) {
    py[i] = yScale(values[i] as number);
    if (missing && Number.isNaN(x[i] as number)) {
      px[i] = (missing.start + missing.end) / 2 + jitter(i) * MISSING_WIDTH * 0.34;
    }
  }
  return { x: px, y: py, xScale, yScale, lanes, missing, xTicks, yTicks };
}

/** The step that a brush snaps to: about a two-hundredth of the span, one significant digit. */
function brushStep(span: number): number {
  return span > 0 ? 10 ** Math.floor(Math.log10(span / 100)) : 1;
}

/** What a drag from pixel `a` to pixel `b` selects; null where it holds nothing. */
export function brushCondition(
  feature: FeatureInfo,
  layout: DependenceLayout,
  a: number,
  b: number,
): Condition | null {
  const from = Math.min(a, b);
  const to = Math.max(a, b);
  if (layout.xScale) {
    const [low, high] = layout.xScale.domain;
    const integer = feature.kind === "integer";
    const step = integer ? Math.max(1, brushStep(high - low)) : brushStep(high - low);
    const snap = (pixel: number, round: (v: number) => number) =>
      Number((round(layout.xScale ? layout.xScale.invert(pixel) / step : 0) * step).toPrecision(10));
    // Between whole numbers nothing lies: there the brush takes what it covers, elsewhere the nearest round value.
    const min = snap(from, integer && step === 1 ? Math.ceil : Math.round);
    const max = snap(to, integer && step === 1 ? Math.floor : Math.round);
    if (max < low || min > high || max < min) return null;
    return { feature: feature.name, min, max };
  }
  const codes = layout.lanes
    .filter((lane) => lane.start < to && lane.end > from)
    .flatMap((lane) => lane.codes);
  const values = codes.flatMap((code) => feature.categories?.[code] ?? []);
  return values.length > 0 ? { feature: feature.name, values } : null;
}

/** Pixels that a condition covers; several where its categories do not lie side by side. */
export function conditionSpans(
  layout: DependenceLayout,
  feature: FeatureInfo,
  condition: Condition,
): [number, number][] {
  if (layout.xScale) {
    const [low, high] = layout.xScale.range;
    const start = condition.min === undefined ? low : layout.xScale(condition.min);
    const end = condition.max === undefined ? high : layout.xScale(condition.max);
    const from = Math.max(low - 8, Math.min(start, high + 8) - 3);
    const to = Math.min(high + 8, Math.max(end, low - 8) + 3);
    return to > from ? [[from, to]] : [];
  }
  const wanted = new Set(condition.values ?? []);
  const spans: [number, number][] = [];
  for (const lane of layout.lanes) {
    const hit = lane.codes.some((code) => wanted.has(feature.categories?.[code] ?? ""));
    if (!hit) continue;
    const last = spans[spans.length - 1];
    if (last && Math.abs(last[1] - lane.start) < 0.01) last[1] = lane.end;
    else spans.push([lane.start, lane.end]);
  }
  return spans;
}

export interface HistogramBar {
  readonly start: number;
  readonly end: number;
  /** Share of the tallest bar. */
  readonly height: number;
  readonly count: number;
}

/** Counts of all rows under the plot, at the plot's own positions. */
export function histogramBars(feature: FeatureInfo, layout: DependenceLayout): HistogramBar[] {
  const { edges, counts } = feature.histogram;
  const bars: { start: number; end: number; count: number }[] = [];
  if (layout.xScale) {
    for (let i = 0; i < counts.length && i + 1 < edges.length; i++) {
      const count = counts[i] ?? 0;
      // Bins of whole numbers reach half a step beyond the data, or further where several share a bin.
      const [low, high] = layout.xScale.range;
      const inside = (at: number) => Math.max(low, Math.min(high, at));
      const start = inside(layout.xScale(edges[i] as number));
      const end = inside(layout.xScale(edges[i + 1] as number));
      if (count > 0) bars.push({ start, end: Math.max(end, start + 2), count });
    }
  } else {
    for (const lane of layout.lanes) {
      const count = lane.codes.reduce((sum, code) => sum + (counts[code] ?? 0), 0);
      const inset = Math.min(12, (lane.end - lane.start) * 0.18);
      if (count > 0) bars.push({ start: lane.start + inset, end: lane.end - inset, count });
    }
  }
  const tallest = bars.reduce((most, bar) => Math.max(most, bar.count), 0);
  return bars.map((bar) => ({ ...bar, height: bar.count / tallest }));
}
