/**
 * Sentences about one feature, each number counted from the rows drawn. A sentence is a list of pieces so that
 * names stay text and numbers can be set in bold.
 */
import type { FeatureInfo } from "../protocol";
import { decimalsFor, formatPercent, formatSigned, formatValue, plural } from "../ui/format";
import { medianOf, type Part, segments } from "./segments";

export type Piece = string | { strong: string };
export type Sentence = readonly Piece[];

export interface WordsInput {
  feature: FeatureInfo;
  x: Float32Array;
  values: Float32Array;
  /** "log-odds of leaving". */
  quantity: string;
  /** Colouring feature, to tell its values apart within a part. */
  other: { feature: FeatureInfo; x: Float32Array } | null;
  /** 1 = counted; null = every row. */
  mask: Uint8Array | null;
}

/** One number of decimals for all medians of a text, so that they can be compared; tiny ones keep their digits. */
function contribution(value: number, input: WordsInput): string {
  let largest = 0;
  for (const other of input.values) if (Math.abs(other) > largest) largest = Math.abs(other);
  const decimals = decimalsFor(largest);
  return value !== 0 && Math.abs(value) < 0.5 * 10 ** -decimals
    ? formatSigned(value)
    : formatSigned(value, decimals);
}

const strong = (text: string): Piece => ({ strong: text });
const FEWEST = 5;

/** Medians of a part by the two or few values of another feature, where they differ. */
function apart(rows: readonly number[], input: WordsInput): Piece[] {
  const { other, values } = input;
  if (!other || other.feature.name === input.feature.name) return [];
  const groups = new Map<number, number[]>();
  for (const row of rows) {
    const value = other.x[row] as number;
    if (Number.isNaN(value)) continue;
    const group = groups.get(value);
    if (group) group.push(row);
    else groups.set(value, [row]);
    if (groups.size > 2) return [];
  }
  const medians = [...groups]
    .filter(([, members]) => members.length >= FEWEST)
    .map(([value, members]) => ({ value, middle: medianOf(members, values) }))
    .sort((a, b) => b.value - a.value);
  const [one, two] = medians;
  if (!one || !two) return [];
  const [first, second] = [contribution(one.middle, input), contribution(two.middle, input)];
  if (first === second) return [];
  const name = (value: number) => `${other.feature.name} = ${formatValue(other.feature, value)}`;
  return ["; ", strong(first), ` where ${name(one.value)}, `, strong(second), ` where ${name(two.value)}`];
}

function moved(middle: number, input: WordsInput, first: boolean): Piece[] {
  const verb = middle > 0 ? "raises" : middle < 0 ? "lowers" : "does not move";
  const target = first ? `the ${input.quantity}` : "it";
  if (middle === 0) return [`${verb} ${target}`];
  return [`${verb} ${target} by `, strong(contribution(middle, input).replace(/^[+\u2212]/, ""))];
}

function where(part: Part, feature: FeatureInfo): Piece[] {
  const show = (value: number) => strong(formatValue({ ...feature, kind: roundKind(feature, value) }, value));
  if (part.from !== null && part.below !== null)
    return ["From ", show(part.from), " to below ", show(part.below)];
  if (part.below !== null) return ["Below ", show(part.below)];
  if (part.from !== null) return ["From ", show(part.from), " up"];
  return ["Everywhere"];
}

/** A threshold of an integer column may lie between integers. */
function roundKind(feature: FeatureInfo, value: number): FeatureInfo["kind"] {
  return feature.kind === "integer" && !Number.isInteger(value) ? "numeric" : feature.kind;
}

function numericSentences(rows: readonly number[], input: WordsInput): Sentence[] {
  const { feature, x, values } = input;
  const found = segments(x, values, rows);
  if (!found) return [];
  if (found.explained < 0.12) {
    return [
      [
        `${feature.name} has no simple threshold here: its contributions spread alike over its whole range (median `,
        strong(contribution(medianOf(rows, values), input)),
        ` over ${plural(rows.length, "row")}).`,
      ],
    ];
  }
  return found.parts.map(
    (part, at): Sentence => [
      ...where(part, feature),
      at === 0 ? `, ${feature.name} ` : " it ",
      ...moved(part.median, input, at === 0),
      ` (median of ${plural(part.rows.length, "row")}`,
      ...apart(part.rows, input),
      ").",
    ],
  );
}

function categorySentences(rows: readonly number[], input: WordsInput): Sentence[] {
  const { feature, x, values } = input;
  const groups = new Map<number, number[]>();
  for (const row of rows) {
    const code = x[row] as number;
    const group = groups.get(code);
    if (group) group.push(row);
    else groups.set(code, [row]);
  }
  const parts = [...groups]
    .filter(([, members]) => members.length >= FEWEST)
    .map(([code, members]) => ({ code, members, middle: medianOf(members, values) }))
    .sort((a, b) => b.middle - a.middle || a.code - b.code);
  const high = parts[0];
  const low = parts[parts.length - 1];
  if (!high || !low) return [];
  const sentence = (part: typeof high, first: boolean): Sentence => [
    `${feature.name} = `,
    strong(formatValue(feature, part.code)),
    " ",
    ...moved(part.middle, input, first),
    ` (median of ${plural(part.members.length, "row")}`,
    ...apart(part.members, input),
    ").",
  ];
  if (parts.length === 1) return [sentence(high, true)];
  const sentences: Sentence[] = [sentence(high, true), sentence(low, false)];
  if (parts.length > 2) {
    const between = parts.length - 2;
    sentences.push([
      between === 1
        ? `${formatValue(feature, (parts[1] as typeof high).code)} lies between.`
        : `The other ${between} levels with at least ${FEWEST} rows lie between.`,
    ]);
  }
  return sentences;
}

/** A whole number of two values, such as 0 and 1, is a yes or no: it has no range to speak of. */
function isTwoValued(feature: FeatureInfo, x: ArrayLike<number>, rows: readonly number[]): boolean {
  if (feature.kind !== "integer") return false;
  const seen = new Set<number>();
  for (const row of rows) {
    seen.add(x[row] as number);
    if (seen.size > 2) return false;
  }
  return true;
}

/** What can be said of the rows drawn; empty where nothing can. */
export function dependenceWords(input: WordsInput): Sentence[] {
  const { feature, x, values, mask } = input;
  const present: number[] = [];
  const missing: number[] = [];
  for (let row = 0; row < x.length; row++) {
    if (mask && mask[row] === 0) continue;
    if (!Number.isFinite(values[row] as number)) continue;
    (Number.isNaN(x[row] as number) ? missing : present).push(row);
  }
  const all = present.length + missing.length;
  if (all === 0) return [];
  const sentences: Sentence[] = [];
  const first = present[0];
  if (first === undefined) {
    sentences.push([
      `${feature.name} is missing in all ${plural(all, "row")}; that `,
      ...moved(medianOf(missing, values), input, true),
      " (median).",
    ]);
    return sentences;
  }
  if (present.every((row) => x[row] === x[first])) {
    sentences.push([
      `${feature.name} is `,
      strong(formatValue(feature, x[first] as number)),
      all === 1
        ? " in the only row; it "
        : ` in ${missing.length === 0 ? "all" : "the other"} ${plural(present.length, "row")}; it `,
      ...moved(medianOf(present, values), input, true),
      " (median).",
    ]);
  } else if (present.length < 2 * FEWEST) {
    sentences.push([`${plural(present.length, "row")} with a value: too few for a pattern.`]);
  } else if (feature.categories || isTwoValued(feature, x, present)) {
    sentences.push(...categorySentences(present, input));
  } else sentences.push(...numericSentences(present, input));
  if (missing.length > 0) {
    sentences.push([
      "Where it is missing (",
      strong(formatPercent(missing.length / all)),
      ` of these rows, ${plural(missing.length, "row")}), it `,
      ...moved(medianOf(missing, values), input, sentences.length === 0),
      " (median).",
    ]);
  }
  return sentences;
}
