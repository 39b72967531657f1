/** How the prediction of one row moves with one feature, over the mean of all rows: geometry only. */
import { ticks } from "d3-array";
import type { FeatureInfo } from "../protocol";
import { formatDate, formatPercent, formatTick } from "../ui/format";
import { textWidth, truncateMiddle } from "../ui/text";

export interface IceInput {
  readonly grid: readonly number[];
  readonly ice: readonly number[];
  readonly pdp: readonly number[];
}

export interface IceLayout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly yTicks: readonly { y: number; text: string }[];
  readonly xTicks: readonly { x: number; text: string }[];
  /** SVG paths; empty for categories. */
  readonly icePath: string;
  readonly pdpPath: string;
  /** One pair of marks per category; empty for numbers. */
  readonly marks: readonly { x: number; ice: number; pdp: number; half: number }[];
  x(value: number): number;
  y(value: number): number;
}

const FONT = "11px -apple-system, sans-serif";

export function iceLayout(
  curve: IceInput,
  info: FeatureInfo,
  size: { width: number; height: number },
  probability: boolean,
  also: readonly number[] = [],
): IceLayout {
  const { width, height } = size;
  const discrete = info.categories !== null;
  const finite = [...curve.ice, ...curve.pdp, ...also].filter(Number.isFinite);
  let low = Math.min(...finite);
  let high = Math.max(...finite);
  if (probability) {
    // From zero, so that a flat line looks flat; a little air above.
    low = 0;
    high = Math.min(1, Math.max(0.05, high * 1.12));
  } else {
    const pad = (high - low || Math.abs(high) || 1) * 0.08;
    low -= pad;
    high += pad;
  }
  const levels = ticks(low, high, 3).filter((level) => level >= low && level <= high);
  const text = (level: number) =>
    probability ? formatPercent(level, high < 0.1 ? 1 : 0).replace(/\s/g, "") : formatTick(level);
  const left = Math.ceil(Math.max(24, ...levels.map((level) => textWidth(text(level), FONT)))) + 8;
  const right = width - 10;
  const top = 8;
  const bottom = height - 22;
  const y = (value: number) => bottom - ((value - low) / (high - low)) * (bottom - top);

  const from = discrete ? -0.5 : Math.min(...curve.grid);
  const to = discrete ? curve.grid.length - 0.5 : Math.max(...curve.grid);
  const span = to - from || 1;
  const across = (value: number) => left + ((value - from) / span) * (right - left);
  // Categories stand in the order of the grid, whatever their codes.
  const place = new Map(curve.grid.map((code, index) => [code, index]));
  const x = (value: number) =>
    across(discrete ? (place.get(value) ?? Number.NaN) : Math.min(to, Math.max(from, value)));

  const path = (values: readonly number[]) => {
    let drawn = "";
    let pen = false;
    values.forEach((value, k) => {
      if (!Number.isFinite(value)) {
        pen = false;
        return;
      }
      drawn += `${pen ? "L" : "M"}${across(curve.grid[k] as number).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = true;
    });
    return drawn;
  };
  return {
    width,
    height,
    left,
    right,
    top,
    bottom,
    yTicks: levels.map((level) => ({ y: y(level), text: text(level) })),
    xTicks: discrete
      ? categoryTicks(curve.grid, info, x, (right - left) / span, right)
      : numberTicks(info, from, to, across, right),
    icePath: discrete ? "" : path(curve.ice),
    pdpPath: discrete ? "" : path(curve.pdp),
    marks: discrete
      ? curve.grid.map((code, k) => ({
          x: x(code),
          ice: y(curve.ice[k] as number),
          pdp: y(curve.pdp[k] as number),
          half: Math.min(16, ((right - left) / span) * 0.32),
        }))
      : [],
    x,
    y,
  };
}

function numberTicks(
  info: FeatureInfo,
  from: number,
  to: number,
  across: (value: number) => number,
  right: number,
) {
  const shown = ticks(from, to, 4);
  const whole = info.kind === "integer" ? shown.filter(Number.isInteger) : shown;
  return whole.map((value) => {
    const text = info.kind === "datetime" ? formatDate(value, to - from) : formatTick(value);
    const half = textWidth(text, FONT) / 2;
    return { x: Math.min(right + 9 - half, across(value)), text };
  });
}

function categoryTicks(
  grid: readonly number[],
  info: FeatureInfo,
  x: (code: number) => number,
  band: number,
  right: number,
) {
  // Where names do not fit side by side, every second, third, … is named.
  const every = Math.max(1, Math.ceil(44 / Math.max(1, band)));
  return grid
    .filter((_, k) => k % every === 0)
    .map((code) => {
      const text = truncateMiddle(info.categories?.[code] ?? "other", band * every - 6, FONT);
      return { x: Math.min(right + 9 - textWidth(text, FONT) / 2, x(code)), text };
    });
}
