/**
 * Points straight into pixels. Tens of thousands of small discs cost a 2D canvas one path operation each; as
 * stamps into a pixel buffer they cost about as much as their pixels.
 */
import type { Rgb } from "../ui/theme";

/** Sub-pixel positions per axis for which stamps are kept. */
const PHASES = 4;
const SAMPLES = 4;

/** The pixels that a disc touches, relative to the one that holds its centre, with their coverage 0..1. */
interface Stamp {
  readonly dx: Int8Array;
  readonly dy: Int8Array;
  readonly coverage: Float32Array;
}

/** A disc whose centre lies (shiftX, shiftY) into its pixel, antialiased by counting sub-samples. */
function makeStamp(radius: number, reach: number, shiftX: number, shiftY: number): Stamp {
  const dx: number[] = [];
  const dy: number[] = [];
  const coverage: number[] = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      let inside = 0;
      for (let k = 0; k < SAMPLES * SAMPLES; k++) {
        const sx = x + ((k % SAMPLES) + 0.5) / SAMPLES - shiftX;
        const sy = y + (Math.floor(k / SAMPLES) + 0.5) / SAMPLES - shiftY;
        if (sx * sx + sy * sy <= radius * radius) inside++;
      }
      if (inside === 0) continue;
      dx.push(x);
      dy.push(y);
      coverage.push(inside / (SAMPLES * SAMPLES));
    }
  }
  return { dx: Int8Array.from(dx), dy: Int8Array.from(dy), coverage: Float32Array.from(coverage) };
}

const stampSets = new Map<number, readonly Stamp[]>();

function stampsOf(radius: number): readonly Stamp[] {
  const key = Math.round(radius * 100);
  const known = stampSets.get(key);
  if (known) return known;
  const reach = Math.ceil(radius) + 1;
  const stamps: Stamp[] = [];
  for (let phase = 0; phase < PHASES * PHASES; phase++) {
    stamps.push(makeStamp(radius, reach, (phase % PHASES) / PHASES, Math.floor(phase / PHASES) / PHASES));
  }
  stampSets.set(key, stamps);
  return stamps;
}

export interface Discs {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  /** Which of `colors` each disc has. */
  index: ArrayLike<number>;
  colors: readonly Rgb[];
  radius: number;
  alpha: number;
  /** Draw the discs whose mask has this bit; null mask = all. */
  mask: Uint8Array | null;
  bit: 0 | 1;
  offset: number;
}

/** Straight-alpha RGBA, painted over what is there. Lengths are in device pixels, `scale` per CSS pixel. */
export function stampDiscs(
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
  scale: number,
  discs: Discs,
): void {
  const { x, y, index, colors, alpha, mask, bit, offset } = discs;
  const stamps = stampsOf(discs.radius * scale);
  for (let i = 0; i < x.length; i++) {
    if (mask && mask[i] !== bit) continue;
    const px = (x[i] as number) * scale;
    const py = ((y[i] as number) + offset) * scale;
    if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
    const left = Math.floor(px);
    const top = Math.floor(py);
    const phase = Math.floor((py - top) * PHASES) * PHASES + Math.floor((px - left) * PHASES);
    const stamp = stamps[phase] as Stamp;
    const color = colors[index[i] as number];
    if (!color) continue;
    const [r, g, b] = color;
    const { dx, dy, coverage } = stamp;
    for (let k = 0; k < coverage.length; k++) {
      const row = top + (dy[k] as number);
      const column = left + (dx[k] as number);
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      const at = (row * width + column) * 4;
      const a = (coverage[k] as number) * alpha;
      const under = pixels[at + 3] as number;
      if (under === 0) {
        pixels[at] = r;
        pixels[at + 1] = g;
        pixels[at + 2] = b;
        pixels[at + 3] = a * 255;
        continue;
      }
      const kept = (under / 255) * (1 - a);
      const share = a / (a + kept);
      const red = pixels[at] as number;
      const green = pixels[at + 1] as number;
      const blue = pixels[at + 2] as number;
      pixels[at] = red + (r - red) * share;
      pixels[at + 1] = green + (g - green) * share;
      pixels[at + 2] = blue + (b - blue) * share;
      pixels[at + 3] = (a + kept) * 255;
    }
  }
}
