/** Thin drawing on a 2D canvas; all geometry comes from the pure modules. */
import type { Density } from "../payload";
import { css, type Palette, rampColor, rgbOf } from "../ui/theme";
import type { PointColors } from "./point-colors";
import { stampDiscs } from "./raster";
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
  /** 1 = drawn in full; 0 = faint, and below the others. */
  mask: Uint8Array | null;
  /** Added to every y. */
  offset?: number;
}

const FAINT = 0.16;
let scratch: { canvas: HTMLCanvasElement; image: ImageData } | null = null;

/** All groups of points in one go, over what the context holds already. */
export function drawPoints(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  groups: readonly Points[],
): void {
  const { width: w, height: h } = context.canvas;
  if (scratch?.image.width !== w || scratch.image.height !== h) {
    const canvas = document.createElement("canvas");
    canvas.width = w;
    canvas.height = h;
    scratch = { canvas, image: new ImageData(w, h) };
  } else scratch.image.data.fill(0);
  const { canvas, image } = scratch;
  const scale = w / width;
  for (const { x, y, colors, radius, alpha, mask, offset = 0 } of groups) {
    const discs = { x, y, index: colors.index, colors: colors.colors.map(rgbOf), radius, mask, offset };
    if (mask) stampDiscs(image.data, w, h, scale, { ...discs, alpha: alpha * FAINT, bit: 0 });
    stampDiscs(image.data, w, h, scale, { ...discs, alpha, bit: 1 });
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  context.drawImage(canvas, 0, 0, width, height);
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
