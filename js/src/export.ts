/** What leaves the dashboard as text. */
import type { Store } from "./store";

/** RFC 4180: quotes doubled, every text quoted. */
function cell(value: string | number): string {
  return typeof value === "number" ? String(value) : `"${value.replace(/"/g, '""')}"`;
}

/** mean |contribution| and its standard error, most important first, one line per feature and output. */
export function importancesCsv(store: Store): string {
  const level = store.level.value;
  const lines = ["level,output,rank,feature,mean_abs_contribution,standard_error"];
  const features = store.features(level);
  store.schema.value.output_names.forEach((output, at) => {
    const values = store.importance(level, at);
    const errors = store.importanceError(level, at);
    const order = features.map((_, index) => index).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
    order.forEach((index, rank) => {
      const row = [
        level,
        output,
        rank + 1,
        features[index]?.name ?? "",
        values[index] ?? Number.NaN,
        errors[index] ?? Number.NaN,
      ];
      lines.push(row.map(cell).join(","));
    });
  });
  return `${lines.join("\r\n")}\r\n`;
}

/** A JSON-like value as a Python literal. */
export function pythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "number") {
    if (Number.isNaN(value)) return 'float("nan")';
    if (!Number.isFinite(value)) return value > 0 ? 'float("inf")' : 'float("-inf")';
    return String(value);
  }
  // JSON's escapes of a string are all valid in a Python string.
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  const entries = Object.entries(value as Record<string, unknown>).filter(([, item]) => item !== undefined);
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item)}`).join(", ")}}`;
}

/** Statements that bring a dashboard to what is shown now. */
export function pythonState(store: Store): string {
  const set = (name: string, value: unknown) => `dashboard.${name} = ${pythonLiteral(value)}`;
  const focus = store.features()[store.focus.value]?.name ?? null;
  const lines = [
    set("view", store.view.value),
    set("output", store.schema.value.output_names[store.outputIndex.value] ?? ""),
    set("level", store.level.value),
    set("feature", focus),
    set("color_feature", store.colorFeature.value),
    set("row", store.row.value),
    set("cohort", store.cohort.value),
    set("top_k", store.topK.value),
    set("global_chart", store.globalChart.value),
    set("scenario", store.scenario.value),
  ];
  return `${lines.join("\n")}\n`;
}
