/** What the evidence widget shows, decoded once. */
import { decode, decodeFloats } from "../codec";
import type { EncodedArray, Evidence, EvidenceDocument } from "../protocol";

export interface Values {
  /** Contribution of a token or segment to an output. */
  value(at: number, output: number): number;
  /** Its standard error; null where values are exact. */
  error(at: number, output: number): number | null;
  readonly count: number;
}

export function valuesOf(encoded: EncodedArray, errors: EncodedArray | null): Values {
  const data = decodeFloats(encoded);
  const spread = errors ? decodeFloats(errors) : null;
  const [count = 0, width = 1] = encoded.shape;
  return {
    count,
    value: (at, output) => data[at * width + output] ?? Number.NaN,
    error: (at, output) => spread?.[at * width + output] ?? null,
  };
}

/** Positions by magnitude, the largest first. */
export function strongest(values: Values, output: number): number[] {
  const size = (at: number) => Math.abs(values.value(at, output));
  return Array.from({ length: values.count }, (_, at) => at).sort((a, b) => size(b) - size(a) || a - b);
}

export function largest(values: Values, output: number): number {
  let most = 0;
  for (let at = 0; at < values.count; at++) most = Math.max(most, Math.abs(values.value(at, output)));
  return most;
}

/** Least share of the largest that is marked: a whisper of colour says nothing. */
const FAINT = 0.04;

export type Strength = "none" | "weak" | "medium" | "strong";

/** How heavily a token is marked, beside its colour. */
export function strengthOf(value: number, most: number): Strength {
  const share = most > 0 ? Math.abs(value) / most : 0;
  if (!(share >= FAINT)) return "none";
  return share < 0.33 ? "weak" : share < 0.66 ? "medium" : "strong";
}

/** The overlay's pixels: colour by sign, opacity by magnitude. */
export function overlay(
  segments: ArrayLike<number>,
  values: Values,
  output: number,
  positive: readonly number[],
  negative: readonly number[],
): Uint8ClampedArray<ArrayBuffer> {
  const most = largest(values, output) || 1;
  const out = new Uint8ClampedArray(4 * segments.length);
  for (let pixel = 0; pixel < segments.length; pixel++) {
    const value = values.value(segments[pixel] ?? 0, output);
    const color = value > 0 ? positive : negative;
    out.set([color[0] ?? 0, color[1] ?? 0, color[2] ?? 0, (255 * Math.abs(value)) / most], 4 * pixel);
  }
  return out;
}

/** Pixels of an image and the segment of each. */
export function pictureOf(evidence: Extract<Evidence, { kind: "image" }>) {
  const [height = 0, width = 0] = evidence.segments.shape;
  return {
    width,
    height,
    segments: decode(evidence.segments).data,
    pixels: new Uint8ClampedArray(decode(evidence.pixels).data),
    values: valuesOf(evidence.values, evidence.errors),
  };
}

/** The text of a document, for a list of texts. */
export function textOf(document: EvidenceDocument): string {
  return document.pieces.map(([text]) => text).join("");
}
