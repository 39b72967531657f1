/** Values of features: from the wire's numbers to text for people, and from what was typed back to an edit. */
import type { EditValue, FeatureInfo } from "../protocol";
import { formatValue } from "../ui/format";

export const MISSING = "missing";

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 20 });

/** Float32 of the wire → the shortest decimal that it stands for (0.1, not 0.10000000149). */
export function tidy(value: number): number {
  if (!Number.isFinite(value) || Number.isInteger(value)) return value;
  return Math.fround(value) === value ? Number(value.toPrecision(7)) : value;
}

/** A number for people: grouped, at most `digits` significant digits after the integer part's. */
export function numberText(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? MISSING : String(value).replace("-", "−");
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) {
    return Number(value.toPrecision(digits)).toExponential().replace("e+", "e").replace(/-/g, "−");
  }
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(Math.max(digits, 1)));
  return grouped.format(rounded).replace("-", "−");
}

const DAY = 86_400_000;

/** Milliseconds since 1970 UTC → "2024-03-01" or "2024-03-01 13:45"; float32 blurs about two minutes. */
export function dateText(ms: number): string {
  if (!Number.isFinite(ms)) return MISSING;
  const midnight = Math.round(ms / DAY) * DAY;
  const blurred = Math.fround(ms) === ms && Math.abs(ms) > 2 ** 31;
  const at = new Date(blurred && Math.abs(ms - midnight) < 2 ** 17 ? midnight : ms);
  if (Number.isNaN(at.getTime())) return MISSING;
  const text = at.toISOString();
  return at.getTime() % DAY === 0 ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ");
}

/** A wire value (number, category code, ms; NaN missing) as text for people. */
export function valueText(info: FeatureInfo, value: number): string {
  return info.kind === "datetime" ? dateText(value) : formatValue(info, value);
}

/** As it stands in an input: every digit that the wire carries. */
export function inputText(info: FeatureInfo, value: number): string {
  if (Number.isNaN(value)) return "";
  if (info.categories || info.kind === "datetime" || info.kind === "text") return valueText(info, value);
  return numberText(tidy(value), 15);
}

/** Position of an edit on the feature's axis: number, category code, ms; NaN for missing or unlisted. */
export function editPosition(info: FeatureInfo, value: EditValue): number {
  if (value === null) return Number.NaN;
  if (info.kind === "datetime") return typeof value === "number" ? value : parseDate(String(value));
  if (info.categories) {
    const at = info.categories.indexOf(labelOf(info, value));
    return at >= 0 ? at : -1;
  }
  return typeof value === "boolean" ? Number(value) : Number(value);
}

/** Python writes booleans as True and False. */
function labelOf(info: FeatureInfo, value: EditValue): string {
  if (typeof value === "boolean") {
    const label = value ? "True" : "False";
    if (info.categories?.includes(label)) return label;
    return info.categories?.[Number(value)] ?? label;
  }
  return String(value);
}

export function editText(info: FeatureInfo, value: EditValue): string {
  if (value === null) return MISSING;
  if (info.kind === "datetime") {
    const at = editPosition(info, value);
    return Number.isNaN(at) ? String(value) : dateText(at);
  }
  if (info.categories || info.kind === "text") return labelOf(info, value);
  return typeof value === "number" ? numberText(value, 15) : String(value);
}

/** The edit that stands for a position on the axis. */
export function editAt(info: FeatureInfo, position: number): EditValue {
  if (Number.isNaN(position)) return null;
  if (info.kind === "datetime") return isoText(position);
  if (info.kind === "boolean") {
    const label = info.categories?.[position];
    if (label === "True" || label === "False") return label === "True";
    return label ?? position !== 0;
  }
  if (info.categories) return info.categories[position] ?? null;
  return position;
}

function isoText(ms: number): string {
  const text = new Date(ms).toISOString();
  return ms % DAY === 0 ? text.slice(0, 10) : text.slice(0, 19);
}

/** ISO text, read as UTC where it names no zone. */
export function parseDate(text: string): number {
  const trimmed = text.trim().replace(" ", "T");
  if (!/^[+-]?\d{4,6}-\d{2}(-\d{2})?/.test(trimmed)) return Number.NaN;
  const zoned = !trimmed.includes("T") || /(Z|[+-]\d{2}:?\d{2})$/i.test(trimmed);
  return Date.parse(zoned ? trimmed : `${trimmed}Z`);
}

/** "18 to 60": what the data has; null where nothing is known. */
export function rangeText(info: FeatureInfo): string | null {
  if (info.min === null || info.max === null) return null;
  const show = (value: number) =>
    info.kind === "datetime" ? dateText(value) : numberText(info.kind === "integer" ? value : tidy(value));
  return `${show(info.min)} to ${show(info.max)}`;
}

export type Parsed = { ok: true; value: EditValue; warning: string | null } | { ok: false; message: string };

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const GROUPED = /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/;

/** What was typed → an edit, or the reason why it is none. Nothing is guessed: "1,5" is refused, not read as 15. */
export function parseEdit(info: FeatureInfo, text: string): Parsed {
  const trimmed = text.trim();
  const range = rangeText(info);
  const has = range === null ? "" : `; the data has ${range}`;
  if (info.kind === "categorical" || info.kind === "text" || info.kind === "boolean") {
    const unlisted =
      info.categories !== null && !info.categories.includes(text) && info.kind === "categorical";
    if (info.kind === "boolean" && !info.categories?.includes(text)) {
      return { ok: false, message: `needs ${(info.categories ?? ["True", "False"]).join(" or ")}` };
    }
    return {
      ok: true,
      value: coded(info, text),
      warning: unlisted ? "not among the data’s listed values" : null,
    };
  }
  if (info.kind === "datetime") {
    const at = parseDate(trimmed);
    if (Number.isNaN(at)) return { ok: false, message: `needs a date like 2024-03-01${has}` };
    return { ok: true, value: isoText(at), warning: outside(info, at) };
  }
  const plain = trimmed.replace(/^−/, "-");
  const orMissing = info.missing > 0 ? " or “missing”" : "";
  if (!DECIMAL.test(plain) && !GROUPED.test(plain)) {
    const comma = /^-?\d+,\d+$/.test(plain) ? `, with a point: ${plain.replace(",", ".")}` : "";
    return { ok: false, message: `needs a number${comma}${orMissing}${has}` };
  }
  const value = Number(plain.replace(/,/g, ""));
  if (!Number.isFinite(value)) return { ok: false, message: `needs a finite number${has}` };
  if (info.kind === "integer" && !Number.isInteger(value)) {
    return { ok: false, message: `needs a whole number${has}` };
  }
  return { ok: true, value, warning: outside(info, value) };
}

function coded(info: FeatureInfo, text: string): EditValue {
  const at = info.categories?.indexOf(text) ?? -1;
  return info.kind === "boolean" && at >= 0 ? editAt(info, at) : text;
}

/** "outside of the data: 18 to 60", or null inside. */
export function outside(info: FeatureInfo, value: number): string | null {
  if (info.min === null || info.max === null || !Number.isFinite(value)) return null;
  // The ends travel as float64, but values as float32.
  const slack = 1e-6 * Math.max(Math.abs(info.min), Math.abs(info.max));
  const tolerated = info.kind === "numeric" ? slack : 0;
  if (value >= info.min - tolerated && value <= info.max + tolerated) return null;
  return `outside of the data: ${rangeText(info)}`;
}

/** What an accepted edit should be flagged with, or null. */
export function warningOf(info: FeatureInfo, value: EditValue): string | null {
  if (value === null) return info.missing > 0 ? null : "never missing in the data";
  if (info.kind === "numeric" || info.kind === "integer" || info.kind === "datetime") {
    return outside(info, editPosition(info, value));
  }
  if (info.kind === "categorical" && editPosition(info, value) < 0)
    return "not among the data’s listed values";
  return null;
}

/** Whether an edit leaves the row's own value as it is. */
export function isUnchanged(info: FeatureInfo, own: number, value: EditValue): boolean {
  if (value === null) return Number.isNaN(own);
  if (Number.isNaN(own)) return false;
  const at = editPosition(info, value);
  if (info.categories) return at >= 0 && at === own;
  if (info.kind === "text") return false;
  return at === tidy(own) || at === own;
}
