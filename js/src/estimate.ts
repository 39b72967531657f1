/** Estimates that get better while they are looked at: what the page knows of them. */
import type { Model } from "./model";
import type { Estimate } from "./protocol";

/** Null where nothing is being estimated. */
export function readEstimate(model: Model): Estimate | null {
  const found = model.get("_estimate");
  return found && "state" in found ? (found as Estimate) : null;
}

/**
 * An order that moves no feature without cause: the one before, in which neighbours change places only where
 * the later one is larger by more than the error of the difference.
 */
export function steadyOrder(
  before: readonly number[],
  values: ArrayLike<number>,
  errors: ArrayLike<number>,
): number[] {
  const order = [...before];
  const at = (list: ArrayLike<number>, feature: number) => list[feature] || 0;
  // Insertion: each feature climbs past those that it clearly beats.
  for (let end = 1; end < order.length; end++) {
    for (let place = end; place > 0; place--) {
      const upper = order[place - 1] as number;
      const lower = order[place] as number;
      const gap = at(values, lower) - at(values, upper);
      if (gap <= Math.hypot(at(errors, lower), at(errors, upper))) break;
      order[place - 1] = lower;
      order[place] = upper;
    }
  }
  return order;
}
