/** Conditions → rows. A cohort is the conjunction of its conditions; a missing value meets none of them. */
import type { Matrix } from "./payload";
import type { Condition, FeatureInfo } from "./protocol";

export interface Table {
  features: readonly FeatureInfo[];
  x: Matrix;
}

function meets(feature: FeatureInfo, value: number, condition: Condition): boolean {
  if (Number.isNaN(value)) return false;
  if (condition.values !== undefined) {
    const text = feature.categories ? (feature.categories[value] ?? "") : String(value);
    if (!condition.values.includes(text)) return false;
  }
  if (condition.min !== undefined && value < condition.min) return false;
  if (condition.max !== undefined && value > condition.max) return false;
  return true;
}

/**
 * One byte per sampled row, 1 = inside; null where there is no condition. A condition on a column that no
 * table has is met by every row.
 */
export function cohortMask(conditions: readonly Condition[], tables: readonly Table[]): Uint8Array | null {
  const first = tables[0];
  if (conditions.length === 0 || !first) return null;
  const mask = new Uint8Array(first.x.nRows).fill(1);
  for (const condition of conditions) {
    for (const table of tables) {
      const index = table.features.findIndex((feature) => feature.name === condition.feature);
      const feature = table.features[index];
      if (!feature) continue;
      const x = table.x.feature(index);
      for (let row = 0; row < mask.length; row++) {
        if (mask[row] === 1 && !meets(feature, x[row] ?? Number.NaN, condition)) mask[row] = 0;
      }
      break;
    }
  }
  return mask;
}

export function countOf(mask: Uint8Array | null, total: number): number {
  if (!mask) return total;
  let count = 0;
  for (const bit of mask) count += bit;
  return count;
}

/** Conditions with the one on `condition.feature` replaced, order kept. */
export function withCondition(conditions: readonly Condition[], condition: Condition): Condition[] {
  const at = conditions.findIndex((item) => item.feature === condition.feature);
  if (at < 0) return [...conditions, condition];
  return conditions.map((item, index) => (index === at ? condition : item));
}

export function withoutFeature(conditions: readonly Condition[], feature: string): Condition[] {
  return conditions.filter((item) => item.feature !== feature);
}
