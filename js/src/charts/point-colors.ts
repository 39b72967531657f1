/** Colour of each point by another feature: a ramp, or one colour per value where there are few. */
import type { FeatureInfo } from "../protocol";
import { formatValue } from "../ui/format";
import { categoryColor, css, type Palette, rampColor } from "../ui/theme";

export interface PointColors {
  /** Which of `colors` each point has. */
  readonly index: Uint8Array;
  readonly colors: readonly string[];
  /** Null: a ramp from low to high. */
  readonly legend: readonly { label: string; color: string; count: number }[] | null;
  readonly hasMissing: boolean;
}

const STEPS = 24;
const MAX_VALUES = 8;

export function plainColors(n: number, palette: Palette): PointColors {
  return { index: new Uint8Array(n), colors: [palette.accent], legend: [], hasMissing: false };
}

/** Low → high, by the ranked value 0..1; missing values in grey. */
export function rampPoints(shade: Float32Array, palette: Palette): PointColors {
  const index = new Uint8Array(shade.length);
  const colors = Array.from({ length: STEPS }, (_, at) => css(rampColor(palette, at / (STEPS - 1))));
  colors.push(css(palette.missing));
  let hasMissing = false;
  for (let i = 0; i < shade.length; i++) {
    const t = shade[i] as number;
    if (Number.isNaN(t)) hasMissing = true;
    index[i] = Number.isNaN(t) ? STEPS : Math.round(t * (STEPS - 1));
  }
  return { index, colors, legend: null, hasMissing };
}

/** `shade` is the ranked value, 0..1, of the colouring feature. */
export function pointColors(
  feature: FeatureInfo,
  x: Float32Array,
  shade: Float32Array,
  palette: Palette,
): PointColors {
  const n = x.length;
  const index = new Uint8Array(n);
  const counts = new Map<number, number>();
  let nMissing = 0;
  for (const value of x) {
    if (Number.isNaN(value)) nMissing++;
    else counts.set(value, (counts.get(value) ?? 0) + 1);
    if (!feature.categories && counts.size > 2) break;
  }
  if (feature.categories || counts.size <= 2) {
    const byCount = [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a - b);
    const kept = (byCount.length <= MAX_VALUES ? byCount : byCount.slice(0, MAX_VALUES - 1)).sort(
      (a, b) => a - b,
    );
    const slots = new Map(kept.map((value, at) => [value, at]));
    const colors = kept.map((_, at) => categoryColor(palette, at));
    const grey = colors.length;
    colors.push(css(palette.missing));
    let others = 0;
    for (let i = 0; i < n; i++) {
      const slot = slots.get(x[i] as number);
      index[i] = slot ?? grey;
      if (slot === undefined && !Number.isNaN(x[i] as number)) others++;
    }
    const legend = kept.map((value, at) => ({
      label: formatValue(feature, value),
      color: colors[at] as string,
      count: counts.get(value) ?? 0,
    }));
    if (others > 0) {
      legend.push({
        label: `${byCount.length - kept.length} others`,
        color: colors[grey] as string,
        count: others,
      });
    }
    if (nMissing > 0) legend.push({ label: "missing", color: colors[grey] as string, count: nMissing });
    return { index, colors, legend, hasMissing: nMissing > 0 };
  }
  return rampPoints(shade, palette);
}
