/** From the base value to the prediction, one step per feature; the smallest are folded into one. */

export interface Step {
  /** Position of the feature; -1 for the fold. */
  readonly feature: number;
  /** Features behind the step: one, or those of the fold. */
  readonly members: readonly number[];
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/** Positions by descending |value|; ties keep the column order; NaN counts as 0. */
export function byMagnitude(values: ArrayLike<number>): number[] {
  const size = (index: number) => Math.abs(values[index] as number) || 0;
  return Array.from({ length: values.length }, (_, index) => index).sort(
    (a, b) => size(b) - size(a) || a - b,
  );
}

/**
 * The `topK` strongest features, each on its own, then the fold of the rest. A fold of a single feature would
 * save nothing: it is shown by its name. Features in `keep` are never folded.
 */
export function waterfallSteps(
  values: ArrayLike<number>,
  base: number,
  topK: number,
  keep: ReadonlySet<number> = new Set(),
): Step[] {
  const order = byMagnitude(values);
  const named = order.filter((feature, rank) => rank < topK || keep.has(feature));
  const shown = new Set(named);
  const rest = order.filter((feature) => !shown.has(feature));
  if (rest.length === 1) named.push(rest.pop() as number);
  const steps: Step[] = [];
  let at = base;
  const add = (feature: number, members: readonly number[], value: number) => {
    // An unknown contribution moves nothing; its label says that it is unknown.
    const end = Number.isNaN(value) ? at : at + value;
    steps.push({ feature, members, value, start: at, end });
    at = end;
  };
  for (const feature of named) add(feature, [feature], values[feature] as number);
  if (rest.length > 0) {
    add(
      -1,
      rest,
      rest.reduce((sum, feature) => sum + (values[feature] as number), 0),
    );
  }
  return steps;
}
