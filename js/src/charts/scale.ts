/** A straight line from data to pixels, and back. */
import { ticks as niceTicks } from "d3-array";

export interface Scale {
  (value: number): number;
  invert(pixel: number): number;
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
  ticks(count: number): number[];
}

/** A domain without extent becomes one unit wide around its value. */
export function linear(domain: readonly [number, number], range: readonly [number, number]): Scale {
  let [d0, d1] = domain;
  if (!Number.isFinite(d0) || !Number.isFinite(d1)) [d0, d1] = [0, 1];
  if (d0 === d1) {
    const half = Math.abs(d0) > 0 ? Math.abs(d0) * 0.5 : 0.5;
    [d0, d1] = [d0 - half, d1 + half];
  }
  const [r0, r1] = range;
  const slope = (r1 - r0) / (d1 - d0);
  const scale = (value: number) => r0 + (value - d0) * slope;
  return Object.assign(scale, {
    invert: (pixel: number) => d0 + (pixel - r0) / slope,
    domain: [d0, d1] as const,
    range: [r0, r1] as const,
    ticks: (count: number) => niceTicks(Math.min(d0, d1), Math.max(d0, d1), count),
  });
}

export interface Extent {
  low: number;
  high: number;
}

/** Of the finite values; null where there is none. */
export function extentOf(values: ArrayLike<number>, start: Extent | null = null): Extent | null {
  let low = start ? start.low : Number.POSITIVE_INFINITY;
  let high = start ? start.high : Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : null;
}

/** The multiple of a power of ten that lies in (above, upTo] and needs the fewest digits. */
export function roundWithin(above: number, upTo: number): number {
  const span = upTo - above;
  if (!(span > 0) || !Number.isFinite(span)) return upTo;
  const top = Math.ceil(Math.log10(Math.max(Math.abs(above), Math.abs(upTo), span)));
  for (let power = top; power > top - 16; power--) {
    for (const factor of [5, 2, 1]) {
      const step = factor * 10 ** power;
      const candidate = Number((Math.floor(upTo / step + 1e-9) * step).toPrecision(12));
      if (candidate > above && candidate <= upTo) return candidate;
    }
  }
  return upTo;
}

/** Significant digits that a number needs. */
export function digitsOf(value: number): number {
  const mantissa = Math.abs(value).toExponential().split("e")[0] ?? "";
  return mantissa.replace(".", "").replace(/0+$/, "").length;
}
