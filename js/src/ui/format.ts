/** Numbers and values as people read them. A true minus, thin spaces, no false precision. */
import type { FeatureInfo } from "../protocol";

const MINUS = "\u2212";
const THIN = "\u202f";

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Fixed decimals with thousands separated and a true minus. */
export function formatFixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  const [whole = "0", fraction] = text.split(".");
  const body = fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`;
  return value < 0 && Number(text) !== 0 ? `${MINUS}${body}` : body;
}

function scientific(value: number, digits: number): string {
  return value
    .toExponential(digits - 1)
    .replace(/\.?0+e/, "e")
    .replace("e+", "e")
    .replace(/-/g, MINUS);
}

/** Significant digits, as few as tell the number. */
export function formatNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "missing";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-4) return scientific(value, Math.min(digits, 3));
  if (Number.isInteger(value)) return formatFixed(value, 0);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const text = formatFixed(value, Math.min(decimals, 12));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Decimals that keep two significant digits of `size`, never fewer than two below 10. */
export function decimalsFor(size: number): number {
  if (!Number.isFinite(size) || size === 0) return 2;
  if (size >= 100) return 0;
  if (size >= 10) return 1;
  return Math.max(2, Math.min(12, 1 - Math.floor(Math.log10(size))));
}

/** A magnitude beside its peers: 0.41, 12.3, 4,210. */
export function formatMagnitude(value: number): string {
  if (Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-4) return scientific(value, 2);
  return formatFixed(value, decimalsFor(size));
}

/** A contribution: always with its sign, +0.43 or −0.26. */
export function formatSigned(value: number, decimals = decimalsFor(Math.abs(value))): string {
  if (Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-4) return `${value > 0 ? "+" : ""}${scientific(value, 2)}`;
  const text = formatFixed(size, decimals);
  if (Number(text.replace(/,/g, "")) === 0) return text;
  return `${value < 0 ? MINUS : "+"}${text}`;
}

/** A share of one: 64.5 %. Never rounds a small chance to 0 or a large one to 100. */
export function formatPercent(share: number, decimals = 1): string {
  if (Number.isNaN(share)) return "–";
  const percent = share * 100;
  const step = 10 ** -decimals;
  if (percent > 0 && percent < step / 2) return `<${THIN}${formatFixed(step, decimals)}${THIN}%`;
  if (percent < 100 && percent > 100 - step / 2)
    return `>${THIN}${formatFixed(100 - step, decimals)}${THIN}%`;
  return `${formatFixed(percent, decimals)}${THIN}%`;
}

export function formatCount(count: number): string {
  return formatFixed(Math.round(count), 0);
}

/** "1 row", "2,000 rows". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Short label of an axis tick: 5k, 1.2M, 0.5. */
export function formatTick(value: number, signed = false): string {
  if (Math.abs(value) < 1e-12) return "0";
  const size = Math.abs(value);
  const units: [number, string][] = [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ];
  let text = "";
  // Years and other four-digit numbers stay as they are.
  for (const [unit, suffix] of size >= 5000 || size % 1000 === 0 ? units : []) {
    if (size >= unit) {
      text = `${trimmed(size / unit)}${suffix}`;
      break;
    }
  }
  if (text === "") text = size < 1e-4 ? scientific(size, 2) : trimmed(size);
  return value < 0 ? `${MINUS}${text}` : signed ? `+${text}` : text;
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(6)));
}

const DAY = 86_400_000;

/** UTC, as precise as the span asks for. */
export function formatDate(milliseconds: number, span = 0): string {
  if (!Number.isFinite(milliseconds)) return "missing";
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return "missing";
  const iso = date.toISOString();
  if (span > 1500 * DAY) return iso.slice(0, 7);
  if (span > 3 * DAY || milliseconds % DAY === 0) return iso.slice(0, 10);
  return iso.slice(0, 16).replace("T", " ");
}

/** A feature's value on the wire as its user knows it. */
export function formatValue(feature: FeatureInfo, value: number): string {
  if (Number.isNaN(value)) return "missing";
  if (feature.categories) return feature.categories[value] ?? "other";
  if (feature.kind === "datetime") return formatDate(value);
  if (feature.kind === "boolean") return value ? "True" : "False";
  if (feature.kind === "integer") return formatFixed(Math.round(value), 0);
  // Float32 carries seven digits; more would be noise.
  return formatNumber(value, 4);
}

/** Residuals and the like: 3e−15. */
export function formatTiny(value: number): string {
  if (value === 0) return "0";
  return value < 1e-3 ? scientific(value, 1) : formatNumber(value, 2);
}

export function formatSeconds(seconds: number): string {
  if (seconds < 0.01) return `<${THIN}0.01${THIN}s`;
  if (seconds < 10) return `${formatFixed(seconds, 2)}${THIN}s`;
  if (seconds < 120) return `${formatFixed(seconds, 0)}${THIN}s`;
  return `${formatFixed(seconds / 60, 1)}${THIN}min`;
}
