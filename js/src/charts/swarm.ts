/** Where the points of one beeswarm row lie. Pure: pixels in, pixels out. */
import type { Scale } from "./scale";

/** Width of a column of points, in pixels. */
export const SWARM_STEP = 3.2;
const SPACING = 2.1;

export interface Swarm {
  /** Pixel centre per point; NaN where the value is not finite. */
  readonly x: Float32Array;
  /** Offset from the row's middle per point. */
  readonly dy: Float32Array;
}

/**
 * Points are gathered in columns and stacked outwards from the middle, first come nearest. Where the fullest
 * column would leave the row, all columns shrink by the same factor, so that their heights stay comparable.
 */
export function swarm(values: Float32Array, scale: Scale, halfHeight: number): Swarm {
  const n = values.length;
  const x = new Float32Array(n);
  const dy = new Float32Array(n);
  const place = new Int32Array(n);
  const counts = new Map<number, number>();
  let fullest = 0;
  for (let i = 0; i < n; i++) {
    const pixel = scale(values[i] as number);
    if (!Number.isFinite(pixel)) {
      x[i] = Number.NaN;
      continue;
    }
    const column = Math.round(pixel / SWARM_STEP);
    const count = (counts.get(column) ?? 0) + 1;
    counts.set(column, count);
    if (count > fullest) fullest = count;
    x[i] = column * SWARM_STEP;
    place[i] = count;
  }
  const reach = (fullest / 2) * SPACING;
  const spacing = reach > halfHeight ? (halfHeight * 2) / fullest : SPACING;
  for (let i = 0; i < n; i++) {
    const nth = place[i] as number;
    dy[i] = (nth % 2 === 1 ? 1 : -1) * Math.floor(nth / 2) * spacing;
  }
  return { x, dy };
}

/** The nearest point within `reach` pixels, or -1; later points lie on top and win ties. */
export function pick(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  px: number,
  py: number,
  reach: number,
  visible: Uint8Array | null = null,
): number {
  let best = -1;
  let least = reach * reach;
  for (let i = 0; i < xs.length; i++) {
    if (visible && visible[i] === 0) continue;
    const dx = (xs[i] as number) - px;
    const dy = (ys[i] as number) - py;
    const distance = dx * dx + dy * dy;
    if (distance <= least) {
      least = distance;
      best = i;
    }
  }
  return best;
}
