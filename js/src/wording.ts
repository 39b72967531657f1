/** The few phrases that several panels share. */
import type { Condition, FeatureInfo, Fidelity, Schema, Truth } from "./protocol";
import {
  formatCount,
  formatFixed,
  formatNumber,
  formatPercent,
  formatTiny,
  formatValue,
  plural,
} from "./ui/format";

/** What a contribution adds to: "log-odds of leaving", "probability of leaving", "price". */
export function quantity(schema: Schema, output: number): string {
  const name = schema.output_names[output] ?? "";
  if (schema.task === "regression") {
    if (schema.output_names.length > 1 && name !== "") return name;
    return schema.unit || "prediction";
  }
  return name === "" ? schema.unit : `${schema.unit} of ${name}`;
}

const METHODS: Record<string, string> = {
  tree: "trees",
  mimic: "surrogate",
  kernel: "kernel machine",
  additive: "additive",
  lime: "LIME",
  given: "given values",
};

export function methodName(truth: Truth): string {
  return METHODS[truth.method] ?? truth.method;
}

/** A residual that floating point explains is no blemish. */
export function isAdditive(truth: Truth): boolean {
  return truth.residual === null || truth.residual < 1e-3;
}

export function truthLine(truth: Truth): string {
  const parts: string[] = [];
  if (truth.method !== "given") parts.push(truth.exact ? "exact" : "estimated");
  parts.push(methodName(truth));
  if (truth.fidelity) parts.push(`R² ${formatFixed(truth.fidelity.r2, 2)}`);
  if (truth.residual !== null) parts.push(`residual ${formatTiny(truth.residual)}`);
  return parts.join(" · ");
}

/** "R² 0.93, the same class for 97 % of 58 rows". */
export function fidelityText(found: { r2: number | null; agreement: number | null }, rows: string): string {
  const parts = [found.r2 === null ? "the model's answer does not vary" : `R² ${formatFixed(found.r2, 2)}`];
  if (found.agreement !== null) parts.push(`the same class for ${formatPercent(found.agreement, 0)}`);
  return `${parts.join(", ")} of ${rows}`;
}

/** On what a surrogate's fidelity was measured: "R² 0.93 of 58 rows kept apart", "R² 0.61, the median of 20 fits". */
export function measuredText(fidelity: Fidelity): string {
  if (!fidelity.is_local) return fidelityText(fidelity, `${plural(fidelity.n_rows, "row")} kept apart`);
  const r2 = `R² ${formatFixed(fidelity.r2, 2)}`;
  return fidelity.n_rows > 1 ? `${r2}, the median of ${formatCount(fidelity.n_rows)} fits` : r2;
}

/** "MonthlyIncome 1,000 – 2,900", "JobRole = Manager or Sales". */
export function conditionText(condition: Condition, feature: FeatureInfo | undefined): string {
  const show = (value: number) => (feature ? formatValue(feature, value) : formatNumber(value, 4));
  const { min, max, values, feature: name } = condition;
  if (values !== undefined) {
    if (values.length > 3) return `${name}: ${formatCount(values.length)} values`;
    return `${name} = ${values.join(" or ")}`;
  }
  if (min !== undefined && max !== undefined) {
    return min === max ? `${name} = ${show(min)}` : `${name} ${show(min)} – ${show(max)}`;
  }
  if (min !== undefined) return `${name} ≥ ${show(min)}`;
  if (max !== undefined) return `${name} ≤ ${show(max)}`;
  return name;
}
