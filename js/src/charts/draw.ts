/** Thin drawing on a 2D canvas; all geometry comes from the pure modules. */
import type { Density } from "../payload";
import { css, type Palette, rampColor } from "../ui/theme";
import type { PointColors } from "./point-colors";
import type { Scale } from "./scale";

/** Size the canvas for the screen's pixels and clear it. Null where there is no 2D canvas. */
export function prepare(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const context = canvas.getContext?.("2d") ?? null;
  if (!context) return null;
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  const w = Math.max(1, Math.round(width * ratio));
  const h = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

export interface Points {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  colors: PointColors;
  radius: number;
  alpha: number;
  /** 1 = drawn in full; 0 = faint. */
  mask: Uint8Array | null;
  /** Added to every y. */
  offset?: number;
}

const TURN = Math.PI * 2;

/** One path per colour: a few dozen fills instead of thousands. */
export function drawPoints(context: CanvasRenderingContext2D, points: Points): void {
  const { x, y, colors, radius, alpha, mask, offset = 0 } = points;
  const buckets: number[][] = colors.colors.map(() => []);
  const faint: number[][] = colors.colors.map(() => []);
  for (let i = 0; i < x.length; i++) {
    const at = colors.index[i] as number;
    (mask && mask[i] === 0 ? faint : buckets)[at]?.push(i);
  }
  const fill = (groups: number[][], opacity: number) => {
    context.globalAlpha = opacity;
    groups.forEach((rows, at) => {
      if (rows.length === 0) return;
      context.fillStyle = colors.colors[at] as string;
      context.beginPath();
      for (const i of rows) {
        const px = x[i] as number;
        const py = (y[i] as number) + offset;
        if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
        context.moveTo(px + radius, py);
        context.arc(px, py, radius, 0, TURN);
      }
      context.fill();
    });
  };
  if (mask) fill(faint, alpha * 0.16);
  fill(buckets, alpha);
  context.globalAlpha = 1;
}

/** The shape of all rows behind a sample: height by count, colour by the mean feature value of the bin. */
export function drawDensity(
  context: CanvasRenderingContext2D,
  density: Density,
  feature: number,
  scale: Scale,
  middle: number,
  halfHeight: number,
  palette: Palette,
): void {
  const { nBins, low, high, counts, shade } = density;
  const start = feature * nBins;
  let most = 0;
  for (let b = 0; b < nBins; b++) most = Math.max(most, counts[start + b] ?? 0);
  if (most === 0) return;
  const step = (high - low) / nBins;
  context.globalAlpha = palette.dark ? 0.3 : 0.24;
  for (let b = 0; b < nBins; b++) {
    const count = counts[start + b] ?? 0;
    if (count === 0) continue;
    const x0 = scale(low + b * step);
    const x1 = scale(low + (b + 1) * step);
    // A single row among a million must still be seen.
    const half = Math.max(0.7, halfHeight * (count / most));
    context.fillStyle = css(rampColor(palette, shade[start + b] ?? Number.NaN));
    context.fillRect(x0, middle - half, Math.max(1, x1 - x0 + 0.3), half * 2);
  }
  context.globalAlpha = 1;
}
