/** Which features the ranking lists, in which order, and which of them are as good as tied. */
import type { FeatureInfo, Level } from "../protocol";

export interface RankedRow {
  readonly level: Level;
  /** Position of the feature on its level. */
  readonly index: number;
  readonly info: FeatureInfo;
  readonly importance: number;
  readonly error: number;
  /** Engineered column unfolded under its raw one. */
  readonly child: boolean;
  /** Can be unfolded. */
  readonly parts: number;
  /** Following rows that cannot be told apart from this one. */
  readonly tiedWith: number;
}

export interface Ranked {
  features: readonly FeatureInfo[];
  importance: ArrayLike<number>;
  error: ArrayLike<number>;
}

const Z95 = 1.959964;

/** Two means whose order is not clear at 95 %, their errors taken as independent. */
export function tied(a: number, aError: number, b: number, bError: number): boolean {
  const spread = Z95 * Math.hypot(aError, bError);
  return spread > 0 && Math.abs(a - b) < spread;
}

export function rankedRows(
  level: Level,
  ranking: readonly number[],
  topK: number,
  source: Ranked,
  unfolded: ReadonlySet<string>,
  engineered: Ranked | null,
): RankedRow[] {
  const rows: RankedRow[] = [];
  const shown = ranking.slice(0, Math.max(1, topK));
  let quiet = 0;
  shown.forEach((index, at) => {
    const info = source.features[index];
    if (!info) return;
    const importance = source.importance[index] ?? Number.NaN;
    const error = source.error[index] ?? 0;
    let tiedWith = 0;
    for (let next = at + 1; next < shown.length; next++) {
      const other = shown[next] as number;
      if (!tied(importance, error, source.importance[other] ?? Number.NaN, source.error[other] ?? 0)) break;
      tiedWith++;
    }
    // Say it once for a run of ties, not again for each of its members.
    const said = quiet > 0 ? 0 : tiedWith;
    quiet = Math.max(quiet - 1, said);
    const parts = engineered && level === "raw" ? info.children.length : 0;
    rows.push({ level, index, info, importance, error, child: false, parts, tiedWith: said });
    if (!engineered || parts < 2 || !unfolded.has(info.name)) return;
    const children = [...info.children].sort(
      (a, b) => (engineered.importance[b] ?? 0) - (engineered.importance[a] ?? 0) || a - b,
    );
    for (const child of children) {
      const childInfo = engineered.features[child];
      if (!childInfo) continue;
      rows.push({
        level: "engineered",
        index: child,
        info: childInfo,
        importance: engineered.importance[child] ?? Number.NaN,
        error: engineered.error[child] ?? 0,
        child: true,
        parts: 0,
        tiedWith: 0,
      });
    }
  });
  return rows;
}

export interface ClassStack {
  /** Outputs that get their own colour, largest first. */
  readonly outputs: readonly number[];
  /** Outputs gathered as "others". */
  readonly others: readonly number[];
  /** Features by descending total over outputs. */
  readonly ranking: readonly number[];
  readonly totals: Float64Array;
}

/** mean |contribution| per output, stacked; at most `colors` outputs apart. */
export function classStack(
  perOutput: readonly ArrayLike<number>[],
  nFeatures: number,
  colors: number,
): ClassStack {
  const totals = new Float64Array(nFeatures);
  const perOutputTotal = perOutput.map((values) => {
    let sum = 0;
    for (let j = 0; j < nFeatures; j++) {
      const value = values[j] ?? 0;
      if (Number.isNaN(value)) continue;
      totals[j] = (totals[j] as number) + value;
      sum += value;
    }
    return sum;
  });
  const bySize = perOutput
    .map((_, at) => at)
    .sort((a, b) => (perOutputTotal[b] ?? 0) - (perOutputTotal[a] ?? 0) || a - b);
  const apart = perOutput.length <= colors ? perOutput.length : colors - 1;
  const ranking = Array.from(totals.keys()).sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0) || a - b);
  return {
    outputs: bySize.slice(0, apart).sort((a, b) => a - b),
    others: bySize.slice(apart),
    ranking,
    totals,
  };
}
