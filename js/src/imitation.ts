/** How well a surrogate stands for the model, among the rows that are drawn. */
import type { Store } from "./store";

export interface Imitation {
  /** Share of the variance of the model's answers that the surrogate has; null where they do not vary. */
  r2: number | null;
  /** Share of rows for which both decide for the same class; null for numbers. */
  agreement: number | null;
  n: number;
}

/** Answers are row-major [n, k]; rows outside the mask do not count. */
export function imitation(
  model: Float64Array,
  surrogate: Float64Array,
  k: number,
  mask: Uint8Array | null,
  hasClasses: boolean,
): Imitation {
  const n = model.length / k;
  const inside: number[] = [];
  for (let row = 0; row < n; row++) if (!mask || mask[row] === 1) inside.push(row);
  let spread = 0;
  let missed = 0;
  for (let output = 0; output < k; output++) {
    const mean = inside.reduce((sum, row) => sum + (model[row * k + output] as number), 0) / inside.length;
    for (const row of inside) {
      const given = model[row * k + output] as number;
      spread += (given - mean) ** 2;
      missed += (given - (surrogate[row * k + output] as number)) ** 2;
    }
  }
  const same = inside.filter((row) => decided(model, row, k) === decided(surrogate, row, k)).length;
  return {
    r2: spread > 0 ? 1 - missed / spread : null,
    agreement: hasClasses && inside.length > 0 ? same / inside.length : null,
    n: inside.length,
  };
}

function decided(answers: Float64Array, row: number, k: number): number {
  let best = 0;
  for (let output = 1; output < k; output++)
    if ((answers[row * k + output] as number) > (answers[row * k + best] as number)) best = output;
  return best;
}

/** Of the rows in the cohort, or of all; null where no surrogate is explained. */
export function imitationOf(store: Store, mask: Uint8Array | null): Imitation | null {
  const model = store.modelAnswers();
  const own = store.probabilities() ?? store.predictions();
  if (!model || !own) return null;
  const schema = store.schema.value;
  return imitation(model, own, schema.output_names.length, mask, schema.task !== "regression");
}
