/** Where the marks of a waterfall go, in pixels. Pure: the drawing only copies. */
import { decimalsFor, formatSigned } from "../ui/format";
import { textWidth, truncateMiddle } from "../ui/text";
import type { Step } from "./waterfall-steps";

export type Mode = "waterfall" | "bars";

export interface Labelled {
  readonly name: string;
  /** "25", or null for the fold. */
  readonly value: string | null;
  /** The edited value. */
  readonly newValue: string | null;
}

export interface WaterfallInput {
  readonly steps: readonly Step[];
  readonly labels: readonly Labelled[];
  /** Contributions after the edits, per step; null without edits. */
  readonly newValues: readonly number[] | null;
  /** Half-lengths of the 95 % intervals, per step; null where nothing is estimated. */
  readonly halfWidths: readonly number[] | null;
  readonly base: number;
  readonly prediction: number;
  readonly newPrediction: number | null;
  readonly baseText: string;
  readonly predictionText: string;
  readonly newPredictionText: string | null;
  readonly width: number;
  readonly mode: Mode;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Mark {
  readonly step: Step;
  readonly top: number;
  readonly bar: Span;
  readonly outline: Span | null;
  readonly whisker: Span | null;
  /** Down to the next bar. */
  readonly link: { x: number; from: number; to: number } | null;
  readonly name: string;
  readonly value: string;
  readonly text: string;
  readonly newText: string | null;
  readonly textX: number;
  readonly anchor: "start" | "end";
}

interface Pin {
  readonly x: number;
  readonly textX: number;
  readonly textY: number;
  readonly text: string;
}

export interface WaterfallLayout {
  readonly marks: readonly Mark[];
  /** Right edge of the names. */
  readonly nameX: number;
  readonly rowHeight: number;
  readonly barHeight: number;
  readonly height: number;
  /** The base line; in bars the zero line. */
  readonly base: Pin & { from: number; to: number };
  readonly prediction: (Pin & { from: number; to: number }) | null;
  readonly newPrediction: (Pin & { from: number; to: number }) | null;
}

const ROW = 29;
const TOP = 20;
const GAP = 6;
const SMALL = 11;
const fontOf = (size: number) =>
  `${size}px -apple-system, "Segoe UI", Inter, Roboto, "Helvetica Neue", Arial, sans-serif`;
const small = fontOf(SMALL);
const normal = fontOf(12);

/** Figures are drawn equally wide, but measured each for itself. */
const figuresWidth = (text: string) => textWidth(text.replace(/\d/g, "0"), normal);

export function waterfallLayout(input: WaterfallInput): WaterfallLayout {
  const { steps, newValues, halfWidths, width, mode } = input;
  const bars = mode === "bars";
  const start = (step: Step) => (bars ? 0 : step.start);
  const length = (step: Step) => step.end - step.start;
  const decimals = decimalsFor(Math.max(0, ...steps.map((step) => Math.abs(step.value) || 0)));
  const { names, values, nameX } = fittedLabels(input.labels, width);

  const texts = steps.map((step) => formatSigned(step.value, decimals));
  const newTexts = steps.map((_, k) => {
    const changed = newValues ? formatSigned(newValues[k] as number, decimals) : null;
    return changed === texts[k] ? null : changed;
  });

  // What must be in view, per row.
  const extents = steps.map((step, k) => {
    const from = start(step);
    const ends = [from, from + length(step)];
    const half = halfWidths?.[k] ?? 0;
    if (half > 0) ends.push(from + length(step) - half, from + length(step) + half);
    if (newTexts[k] !== null && newValues) ends.push(from + (newValues[k] as number));
    return { low: Math.min(...ends), high: Math.max(...ends) };
  });
  const fixed = bars ? [0] : [input.base, input.prediction];
  if (!bars && input.newPrediction !== null) fixed.push(input.newPrediction);
  let low = Math.min(...fixed, ...extents.map((extent) => extent.low));
  let high = Math.max(...fixed, ...extents.map((extent) => extent.high));
  if (!(high > low)) {
    low -= 0.5;
    high += 0.5;
  }
  const left = nameX + 12;
  const labelWidth = (k: number) =>
    GAP + figuresWidth(texts[k] as string) + (newTexts[k] ? figuresWidth(` → ${newTexts[k]}`) : 0);
  // The right edge of the scale is as far out as the labels beside the bars allow.
  let right = width - 12;
  extents.forEach((extent, k) => {
    const share = (extent.high - low) / (high - low);
    if (share > 0.02) right = Math.min(right, left + (width - 6 - labelWidth(k) - left) / share);
  });
  right = Math.max(right, left + 0.3 * Math.max(0, width - left));
  const x = (value: number) => left + ((value - low) / (high - low)) * (right - left);

  const barHeight = ROW - 12;
  const marks = steps.map((step, k): Mark => {
    const from = start(step);
    const extent = extents[k] as { low: number; high: number };
    const span = (a: number, b: number, least: number): Span => {
      const lo = Math.min(x(a), x(b));
      const hi = Math.max(x(a), x(b));
      return { from: lo, to: Math.max(hi, lo + least) };
    };
    const after = newTexts[k] !== null && newValues ? (newValues[k] as number) : null;
    const half = halfWidths?.[k] ?? 0;
    const beyond = x(extent.high) + labelWidth(k) > width;
    const fitsLeft = x(extent.low) - labelWidth(k) > left - 10;
    const anchor = beyond && fitsLeft ? "end" : "start";
    const top = TOP + k * ROW;
    const last = k === steps.length - 1;
    return {
      step,
      top,
      bar: span(from, from + length(step), 1.5),
      outline: after === null ? null : span(from, from + after, 2),
      whisker: half > 0 ? span(from + length(step) - half, from + length(step) + half, 0) : null,
      link: bars || last ? null : { x: x(step.end), from: top + ROW - 6, to: top + ROW + 6 },
      name: names[k] as string,
      value: values[k] as string,
      text: texts[k] as string,
      newText: newTexts[k] ?? null,
      textX: anchor === "start" ? x(extent.high) + GAP : x(extent.low) - GAP,
      anchor,
    };
  });

  const bottom = TOP + steps.length * ROW;
  const centred = (at: number, text: string, font: string) => {
    // Fonts differ a little from what is measured: no last digit may fall off.
    const half = textWidth(text, font) * 0.53 + 2;
    return Math.max(half, Math.min(width - half, at));
  };
  const baseX = x(bars ? 0 : input.base);
  const baseText = bars ? "0" : input.baseText;
  const pin = (value: number, text: string, y: number, from: number, to: number) => ({
    x: x(value),
    text,
    textX: centred(x(value), text, normal),
    textY: y,
    from,
    to,
  });
  const prediction = bars
    ? null
    : pin(input.prediction, input.predictionText, bottom + 30, bottom - 6, bottom + 15);
  let newPrediction: WaterfallLayout["newPrediction"] = null;
  if (!bars && prediction && input.newPrediction !== null && input.newPredictionText !== null) {
    const candidate = pin(input.newPrediction, input.newPredictionText, bottom + 30, bottom - 6, bottom + 15);
    const apart = (textWidth(candidate.text, normal) + textWidth(prediction.text, normal)) / 2 + 12;
    const clash = Math.abs(candidate.textX - prediction.textX) < apart;
    newPrediction = clash ? { ...candidate, textY: bottom + 46, to: bottom + 33 } : candidate;
    // A line through the other's words would strike them out.
    if (clash && Math.abs(candidate.x - prediction.textX) < textWidth(prediction.text, normal) / 2 + 12) {
      newPrediction = { ...newPrediction, to: bottom + 15 };
    }
  }
  const height = bars ? bottom + 8 : bottom + (newPrediction && newPrediction.textY > bottom + 40 ? 52 : 36);
  return {
    marks,
    nameX,
    rowHeight: ROW,
    barHeight,
    height,
    base: {
      x: baseX,
      text: baseText,
      textX: centred(baseX, baseText, small),
      textY: 11,
      from: 16,
      to: bars ? bottom : bottom + 2,
    },
    prediction,
    newPrediction,
  };
}

/** Names and values cut so that they fit a column as narrow as they allow, at most two fifths of the width. */
function fittedLabels(labels: readonly Labelled[], width: number) {
  const most = Math.max(84, Math.min(240, width * 0.42));
  const wide = (text: string, font: string) => textWidth(text.replace(/\d/g, "0"), font);
  const cut = (text: string, limit: number, font: string) => isolated(truncateMiddle(text, limit, font));
  const tails = labels.map(({ value, newValue }) => {
    if (value === null) return "";
    const limit = most * (newValue === null ? 0.42 : 0.26);
    const own = ` = ${cut(value, limit, small)}`;
    return newValue === null ? own : `${own} → ${cut(newValue, limit, small)}`;
  });
  const tailWidths = tails.map((tail) => wide(tail, small));
  const names = labels.map(({ name }, k) =>
    cut(name, Math.max(40, most - (tailWidths[k] as number)), normal),
  );
  const widest = Math.max(40, ...names.map((name, k) => wide(name, normal) + (tailWidths[k] as number)));
  return { names, values: tails, nameX: Math.min(most, widest) + 8 };
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** Right-to-left text kept to itself: it must not turn "name = value" around. */
function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}
