/**
 * Cuts a feature's range where its contributions change most. The cuts are those of a small regression tree on
 * (value → contribution); what is said of the parts is counted afterwards on the rows themselves.
 */
import { median } from "d3-array";
import { digitsOf, roundWithin } from "../charts/scale";

export interface Part {
  /** Rows of the part, as payload positions. */
  readonly rows: readonly number[];
  /** x < below, where given. */
  readonly below: number | null;
  /** x ≥ from, where given. */
  readonly from: number | null;
  readonly median: number;
}

export interface Segments {
  readonly parts: readonly Part[];
  /** Share of the contributions' variance that lies between the parts, 0..1. */
  readonly explained: number;
}

interface Cut {
  /** Rows [start, at) go left, [at, end) right. */
  at: number;
  gain: number;
}

/** Share of the best gain that a rounder limit may cost no more than. */
const NEARLY = 0.97;
const CANDIDATES = 30;

export function medianOf(rows: readonly number[], values: ArrayLike<number>): number {
  return median(rows, (row) => values[row]) ?? Number.NaN;
}

/** The best cut; among those nearly as good, the one whose limit is the roundest number. */
function bestCut(
  xs: Float64Array,
  sums: Float64Array,
  start: number,
  end: number,
  smallest: number,
): Cut | null {
  const n = end - start;
  const total = (sums[end] as number) - (sums[start] as number);
  const cuts: Cut[] = [];
  let most = 0;
  for (let at = start + smallest; at <= end - smallest; at++) {
    if (xs[at] === xs[at - 1]) continue;
    const left = (sums[at] as number) - (sums[start] as number);
    const right = total - left;
    const gain = (left * left) / (at - start) + (right * right) / (end - at) - (total * total) / n;
    cuts.push({ at, gain });
    if (gain > most) most = gain;
  }
  let best: Cut | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  const near = cuts.filter((cut) => cut.gain >= most * NEARLY).sort((p, q) => q.gain - p.gain);
  for (const cut of near.slice(0, CANDIDATES)) {
    const digits = digitsOf(roundWithin(xs[cut.at - 1] as number, xs[cut.at] as number));
    if (digits < fewest || (digits === fewest && best && cut.gain > best.gain)) {
      best = cut;
      fewest = digits;
    }
  }
  return best;
}

/** At most three parts, each of at least 5 % of the rows and five of them. Null where there is nothing to cut. */
export function segments(
  x: ArrayLike<number>,
  values: ArrayLike<number>,
  rows: readonly number[],
): Segments | null {
  const order = rows
    .filter((row) => Number.isFinite(x[row] as number) && Number.isFinite(values[row] as number))
    .sort((a, b) => (x[a] as number) - (x[b] as number));
  const n = order.length;
  const smallest = Math.max(5, Math.ceil(n * 0.05));
  if (n < 2 * smallest) return null;
  const xs = Float64Array.from(order, (row) => x[row] as number);
  const sums = new Float64Array(n + 1);
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const value = values[order[i] as number] as number;
    sums[i + 1] = (sums[i] as number) + value;
    squares += value * value;
  }
  const variance = squares - ((sums[n] as number) * (sums[n] as number)) / n;
  const first = bestCut(xs, sums, 0, n, smallest);
  if (!first || !(variance > 0)) return null;
  const left = bestCut(xs, sums, 0, first.at, smallest);
  const right = bestCut(xs, sums, first.at, n, smallest);
  const second = !left ? right : !right || left.gain >= right.gain ? left : right;
  const cuts = [first.at];
  let gain = first.gain;
  if (second && second.gain > 0.06 * variance) {
    cuts.push(second.at);
    gain += second.gain;
  }
  cuts.sort((a, b) => a - b);
  const bounds = [0, ...cuts, n];
  // The roundest number between two neighbouring values parts them exactly as the cut does.
  const limits = cuts.map((at) => roundWithin(xs[at - 1] as number, xs[at] as number));
  const parts = bounds.slice(1).map((end, k): Part => {
    const members = order.slice(bounds[k], end);
    return {
      rows: members,
      from: k > 0 ? (limits[k - 1] as number) : null,
      below: k < limits.length ? (limits[k] as number) : null,
      median: medianOf(members, values),
    };
  });
  return { parts, explained: Math.min(1, gain / variance) };
}
