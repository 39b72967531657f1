/** A value's place over the histogram of its data, and the way back. */
import type { FeatureInfo } from "../protocol";

export interface SliderScale {
  readonly low: number;
  readonly high: number;
  /** Smallest move: an arrow key. */
  readonly step: number;
  /** Page up, page down. */
  readonly leap: number;
  /** Bars in 0..1 of the track: left, width, height. */
  readonly bars: readonly { left: number; width: number; height: number }[];
  /** 0..1, clamped to the track. */
  place(value: number): number;
  /** The value at 0..1 of the track, snapped to a step. */
  value(place: number): number;
  /** One value moved by so many steps, kept on the track. */
  moved(value: number, by: number): number;
}

/** 1, 2 or 5 times a power of ten, at most `range / parts`. */
export function niceStep(range: number, parts: number): number {
  if (!(range > 0)) return 1;
  const raw = range / parts;
  const power = 10 ** Math.floor(Math.log10(raw));
  const unit = raw / power;
  return (unit >= 5 ? 5 : unit >= 2 ? 2 : 1) * power;
}

/** Rounded to the step's own decimals: 0.30000000000000004 is shown to nobody. */
function snapped(value: number, step: number): number {
  const decimals = Math.max(0, Math.ceil(-Math.log10(step)) + 1);
  return Number((Math.round(value / step) * step).toFixed(Math.min(decimals, 20)));
}

const DAY = 86_400_000;

/** Null where the feature has no axis to slide on: text, many categories, nothing but missing, one single value. */
export function sliderScale(info: FeatureInfo): SliderScale | null {
  const coded = info.kind === "boolean" && info.categories !== null;
  const low = coded ? 0 : info.min;
  const high = coded ? Math.max(1, (info.categories?.length ?? 1) - 1) : info.max;
  if (info.kind === "text" || info.kind === "categorical") return null;
  if (low === null || high === null || !(high > low)) return null;
  const range = high - low;
  const whole = info.kind === "integer" || info.kind === "boolean";
  let step = whole ? Math.max(1, niceStep(range, 200)) : niceStep(range, 200);
  if (info.kind === "datetime") step = range > 60 * DAY ? DAY : niceStep(range, 200);
  if (whole) step = Math.max(1, Math.round(step));
  const leap = whole ? Math.max(step, Math.round(range / 10)) : Math.max(step, range / 10);
  const inside = (value: number) => Math.min(high, Math.max(low, value));
  const place = (value: number) => (inside(value) - low) / range;
  // Snapped from the low end, so that an integer's steps meet the data's own values.
  const snap = (value: number) => {
    const at = inside(value);
    if (at === low || at === high) return at;
    return inside(
      whole || info.kind === "datetime" ? low + Math.round((at - low) / step) * step : snapped(at, step),
    );
  };
  return {
    low,
    high,
    step,
    leap,
    bars: barsOf(info, coded, low, high),
    place,
    value: (at) => snap(low + Math.min(1, Math.max(0, at)) * range),
    moved: (value, by) => {
      const to = inside(value + by * step);
      return by === Math.trunc(by) && !whole ? inside(snapped(to, step)) : snap(to);
    },
  };
}

function barsOf(info: FeatureInfo, coded: boolean, low: number, high: number) {
  const { counts, edges } = info.histogram;
  const most = Math.max(0, ...counts);
  if (most === 0) return [];
  const range = high - low;
  // A bar that is not empty stays visible.
  const height = (count: number) => (count === 0 ? 0 : Math.max(0.04, count / most));
  if (coded || edges.length === 0) {
    const width = 0.06;
    return counts.map((count, code) => ({
      left: Math.min(1 - width, Math.max(0, (code - low) / range - width / 2)),
      width,
      height: height(count),
    }));
  }
  return counts.map((count, bin) => {
    const from = Math.max(0, ((edges[bin] ?? low) - low) / range);
    const to = Math.min(1, ((edges[bin + 1] ?? high) - low) / range);
    return { left: from, width: Math.max(0, to - from), height: height(count) };
  });
}
