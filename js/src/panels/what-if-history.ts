/** Undo and redo over frozen states. */
import type { Edits, EditValue } from "../protocol";

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** Steps with one key close together are one step: a run of arrow keys is undone at once. */
  readonly key: string | null;
  readonly at: number;
}

const DEPTH = 200;
const TOGETHER_MS = 700;

export function begun<T>(present: T): History<T> {
  return { past: [], present, future: [], key: null, at: Number.NEGATIVE_INFINITY };
}

export function pushed<T>(history: History<T>, next: T, key: string | null = null, now = 0): History<T> {
  const joins =
    key !== null && key === history.key && now - history.at < TOGETHER_MS && history.past.length > 0;
  const past = joins ? history.past : [...history.past, history.present].slice(-DEPTH);
  return { past, present: next, future: [], key, at: now };
}

export function undone<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    present: before,
    future: [history.present, ...history.future],
    key: null,
    at: Number.NEGATIVE_INFINITY,
  };
}

export function redone<T>(history: History<T>): History<T> {
  const [after, ...future] = history.future;
  if (after === undefined) return history;
  return {
    past: [...history.past, history.present],
    present: after,
    future,
    key: null,
    at: Number.NEGATIVE_INFINITY,
  };
}

export function sameEdits(a: Edits, b: Edits): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && Object.is(a[name], b[name]));
}

/** `edits` with one more, or without it where `value` is undefined. Insertion order is kept. */
export function withEdit(edits: Edits, name: string, value: EditValue | undefined): Edits {
  if (value === undefined) {
    return Object.fromEntries(Object.entries(edits).filter(([key]) => key !== name));
  }
  // Not `{...edits, [name]: value}`: a feature may be called "__proto__".
  return Object.fromEntries([...Object.entries(edits).filter(([key]) => key !== name), [name, value]]);
}

/** As Python writes a dict: what the user can paste into a cell. */
export function pythonText(edits: Edits): string {
  const text = (value: EditValue): string => {
    if (value === null) return "None";
    if (typeof value === "boolean") return value ? "True" : "False";
    if (typeof value === "number") return String(value);
    return pythonString(value);
  };
  const items = Object.entries(edits).map(([name, value]) => `${pythonString(name)}: ${text(value)}`);
  return `{${items.join(", ")}}`;
}

function pythonString(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value
    .replace(/\\/g, "\\\\")
    .replace(/\n/g, "\\n")
    .replace(/\r/g, "\\r")
    .replace(/\t/g, "\\t");
  return quote + (quote === "'" ? escaped.replace(/'/g, "\\'") : escaped) + quote;
}
