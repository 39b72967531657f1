/** Feature values scaled 0..1 by rank, so that one outlier does not paint all others the same. */
import type { Matrix } from "../payload";

/** Mean rank of ties, stretched so that the lowest value is 0 and the highest 1. NaN stays NaN; one value only: 0.5. */
export function rankScaled(values: Float32Array): Float32Array {
  const scaled = new Float32Array(values.length).fill(Number.NaN);
  const order: number[] = [];
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i] as number)) order.push(i);
  order.sort((a, b) => (values[a] as number) - (values[b] as number));
  const n = order.length;
  let start = 0;
  while (start < n) {
    let end = start;
    const value = values[order[start] as number] as number;
    while (end + 1 < n && values[order[end + 1] as number] === value) end++;
    const rank = (start + end) / 2;
    for (let k = start; k <= end; k++) scaled[order[k] as number] = rank;
    start = end + 1;
  }
  if (n === 0) return scaled;
  const low = scaled[order[0] as number] as number;
  const high = scaled[order[n - 1] as number] as number;
  for (const i of order) scaled[i] = high > low ? ((scaled[i] as number) - low) / (high - low) : 0.5;
  return scaled;
}

const blanks = new Map<number, Float32Array>();

/** For a feature whose values have no low and high: all grey, as the missing ones are. */
export function unshaded(n: number): Float32Array {
  const known = blanks.get(n) ?? new Float32Array(n).fill(Number.NaN);
  blanks.set(n, known);
  return known;
}

const cache = new WeakMap<Matrix, Map<number, Float32Array>>();

/** Computed once per column of a payload. */
export function shadeOf(x: Matrix, feature: number): Float32Array {
  let columns = cache.get(x);
  if (!columns) {
    columns = new Map();
    cache.set(x, columns);
  }
  let shade = columns.get(feature);
  if (!shade) {
    shade = rankScaled(x.feature(feature));
    columns.set(feature, shade);
  }
  return shade;
}
