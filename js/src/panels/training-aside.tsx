/** Beside the flight recorder: remarks, and one row or two rounds more closely. */
import { useEffect, useState } from "preact/hooks";
import { type Line, RoundsChart, roundScale } from "../charts/rounds";
import { decode, decodeFloats } from "../codec";
import type { RoundsCompared, RowThroughRounds } from "../protocol";
import type { Store } from "../store";
import { usePalette } from "../ui/context";
import { Empty } from "../ui/controls";
import { formatCount, formatSigned, plural } from "../ui/format";
import { categoryColor } from "../ui/theme";
import { useSize } from "../ui/use-size";
import type { Training } from "./training-state";

/** While a run goes on its row is asked for at most this often (ms). */
const REFRESH = 1500;
const SHOWN = 12;

export function TrainingAside({ store, training }: { store: Store; training: Training }) {
  const remarks = training.remarks.value;
  const comparing = training.compare.value !== null;
  return (
    <section class="iw-pane" aria-label="Remarks">
      <div class="iw-hd">
        <h3>Remarks</h3>
      </div>
      {remarks.length === 0 ? (
        <p class="iw-note">Nothing worth a remark so far.</p>
      ) : (
        <ul class="iw-remarks">
          {remarks.map((remark) => (
            <li key={`${remark.kind} ${remark.round}`}>
              <button
                type="button"
                data-testid="iw-remark"
                data-kind={remark.kind}
                data-round={remark.round}
                onClick={() => training.setRound(remark.round)}
              >
                <b>Round {formatCount(remark.round)}</b> · {remark.text}
              </button>
            </li>
          ))}
        </ul>
      )}
      {comparing ? <Compared store={store} training={training} /> : null}
      <RowThrough store={store} training={training} />
    </section>
  );
}

function RowThrough({ store, training }: { store: Store; training: Training }) {
  const palette = usePalette();
  const { ref, width } = useSize({ width: 300, height: 0 });
  const [found, setFound] = useState<RowThroughRounds | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const row = store.row.value;
  const output = store.outputIndex.value;
  const run = training.active.value;
  // Asked anew once a tick while the run goes on, and once when it is over.
  const tick = run
    ? `${run.name} ${run.rounds.length > 0} ${Math.floor((run.seconds * 1000) / REFRESH)} ${run.state}`
    : "";
  const asks = store.kernel.value !== "static" && store.kernel.value !== "lost";
  useEffect(() => {
    if (!asks || !run || run.rounds.length === 0) return;
    let gone = false;
    store.rpc.request("training_row", { row, output }, { slot: "training-row" }).then(
      (answer) => {
        if (gone) return;
        setFound(answer);
        setProblem(null);
      },
      (error: Error & { code?: string }) => {
        if (!gone && error.code !== "superseded" && error.code !== "stale") setProblem(error.message);
      },
    );
    return () => {
      gone = true;
    };
  }, [store, row, output, tick, asks]);
  if (!found) {
    return problem === null ? null : <Empty icon="warning">{problem}</Empty>;
  }
  const rounds = decode(found.rounds).data;
  const features = decode(found.features).data;
  const values = decodeFloats(found.values);
  const names = store.schema.value.features.raw;
  const x = roundScale(rounds, width);
  const lines: Line[] = Array.from(features, (feature, i) => ({
    key: String(feature),
    label: names[feature as number]?.name ?? String(feature),
    rounds,
    values: Float64Array.from(rounds, (_, k) => values[k * features.length + i] as number),
    color: categoryColor(palette, i),
  }));
  const prediction = decodeFloats(found.prediction);
  const at = training.round.value ?? (rounds[rounds.length - 1] as number);
  const marks = [{ round: at, kind: "shown" as const }];
  const pick = (round: number) => training.setRound(round);
  return (
    <div ref={ref} data-testid="iw-training-row">
      <h4 title={found.label}>{found.label} through the rounds</h4>
      <RoundsChart
        label="Contributions of the row over rounds"
        lines={lines}
        width={width}
        height={170}
        x={x}
        marks={marks}
        onPick={pick}
        testid="iw-row-values"
      />
      <h4>Its prediction ({store.schema.value.unit})</h4>
      <RoundsChart
        label="Prediction of the row over rounds"
        lines={[
          { key: "prediction", label: "prediction", rounds, values: prediction, color: "var(--iw-accent)" },
        ]}
        width={width}
        height={90}
        x={x}
        marks={marks}
        onPick={pick}
        testid="iw-row-prediction"
      />
    </div>
  );
}

function Compared({ store, training }: { store: Store; training: Training }) {
  const [found, setFound] = useState<RoundsCompared | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const run = training.active.value;
  const last = run && run.rounds.length > 0 ? (run.rounds[run.rounds.length - 1] as number) : 0;
  const a = training.compare.value ?? 0;
  const b = training.round.value ?? last;
  const output = store.outputIndex.value;
  useEffect(() => {
    let gone = false;
    store.rpc.request("training_compare", { a, b, output }, { slot: "training-compare" }).then(
      (answer) => {
        if (gone) return;
        setFound(answer);
        setProblem(null);
      },
      (error: Error & { code?: string }) => {
        if (!gone && error.code !== "superseded" && error.code !== "stale") setProblem(error.message);
      },
    );
    return () => {
      gone = true;
    };
  }, [store, a, b, output]);
  if (problem !== null) return <Empty icon="warning">{problem}</Empty>;
  if (!found) return null;
  const before = decodeFloats(found.before);
  const after = decodeFloats(found.after);
  const flips = decode(found.rows).data;
  const names = store.schema.value.features.raw;
  const order = Array.from(after, (_, feature) => feature)
    .sort((i, j) => Math.abs(delta(j)) - Math.abs(delta(i)))
    .slice(0, SHOWN);
  function delta(feature: number): number {
    return (after[feature] as number) - (before[feature] as number);
  }
  const most = Math.max(1e-12, ...order.map((feature) => Math.abs(delta(feature))));
  return (
    <div>
      <h4>
        From round {formatCount(a)} to {formatCount(b)}
      </h4>
      <p class="iw-note" data-testid="iw-flipped">
        {found.flipped === 0
          ? "No row is decided otherwise."
          : `${plural(found.flipped, "row")} of ${formatCount(found.n_rows)} flipped.`}
      </p>
      {found.labels.length > 0 ? (
        <ul class="iw-flips" aria-label="Rows that flipped">
          {found.labels.map((label, i) => {
            const row = flips[i] as number;
            return (
              <li key={row}>
                <button
                  type="button"
                  data-testid="iw-flip"
                  data-row={row}
                  aria-pressed={store.row.value === row}
                  title={`Follow ${label} through the rounds`}
                  onClick={() => store.setRow(row)}
                >
                  {label}
                </button>
              </li>
            );
          })}
          {found.flipped > found.labels.length ? (
            <li class="iw-note">and {formatCount(found.flipped - found.labels.length)} more</li>
          ) : null}
        </ul>
      ) : null}
      <div class="iw-deltas">
        {order.map((feature) => {
          const change = delta(feature);
          const share = (Math.abs(change) / most) * 50;
          const name = names[feature]?.name ?? String(feature);
          return (
            <div
              class="iw-delta"
              key={feature}
              data-testid="iw-compare-bar"
              data-feature={name}
              data-delta={change}
            >
              <span title={name}>{name}</span>
              <span class="iw-delta-track">
                <span
                  class="iw-delta-bar"
                  style={{
                    left: `${change < 0 ? 50 - share : 50}%`,
                    width: `${share}%`,
                    background: change < 0 ? "var(--iw-neg)" : "var(--iw-pos)",
                  }}
                />
              </span>
              <span>{formatSigned(change)}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
