/** The flight recorder: what the model relied on, round by round, and where it stands now. */
import { useState } from "preact/hooks";
import { type Line, MARGIN, RoundsChart, roundScale } from "../charts/rounds";
import type { Scale } from "../charts/scale";
import type { Store } from "../store";
import { usePalette } from "../ui/context";
import { Banner, Button, Chip, Empty, Segmented, Select } from "../ui/controls";
import { formatCount, formatNumber, formatSeconds } from "../ui/format";
import { categoryColor } from "../ui/theme";
import { useSize } from "../ui/use-size";
import { TrainingAside } from "./training-aside";
import { TrainingControls } from "./training-controls";
import { nearest, type Run, ranksOf, type Training, topFeatures, trainingOf } from "./training-state";

const STREAMS = 8;
const NAMED = 4;
const GREY = "var(--iw-ink3)";

export function TrainingPanel({ store }: { store: Store }) {
  const training = trainingOf(store);
  const flight = training.flight.value;
  const run = training.active.value;
  return (
    <div class="iw-beside iw-training" data-testid="iw-training">
      <section class="iw-pane" aria-label="Through the rounds">
        <Strip store={store} training={training} />
        {flight?.error ? (
          <Banner tone="warn" icon="warning">
            The monitor failed and records no more; the training goes on. {flight.error}
          </Banner>
        ) : null}
        {run?.state === "failed" ? (
          <Banner tone="error" icon="warning">
            The training failed: {run.message}. What was recorded stays.
          </Banner>
        ) : null}
        {run && run.rounds.length > 0 ? (
          <Recorder store={store} training={training} run={run} />
        ) : (
          <Empty>
            {run && run.state === "running"
              ? "Training has begun; the first round is on its way."
              : 'Nothing recorded yet. Hand monitor.callback("lightgbm") to the training, or call monitor.fit(estimator, X, y).'}
          </Empty>
        )}
      </section>
      <TrainingAside store={store} training={training} />
    </div>
  );
}

const TONES = {
  waiting: "neutral",
  running: "accent",
  paused: "warn",
  stopping: "warn",
  finished: "ok",
  stopped: "neutral",
  failed: "warn",
} as const;

function Strip({ store, training }: { store: Store; training: Training }) {
  const flight = training.flight.value;
  const run = training.active.value;
  const asks = store.kernel.value !== "static" && store.kernel.value !== "lost";
  const goesOn = run !== null && ["running", "paused", "stopping"].includes(run.state);
  return (
    <div class="iw-training-strip">
      <Chip tone={run ? TONES[run.state] : "neutral"} testid="iw-training-state">
        {run?.state ?? "waiting"}
      </Chip>
      {run && run.rounds.length > 0 ? (
        <span aria-live="off">
          {run.name} · <strong>round {formatCount(run.rounds[run.rounds.length - 1] as number)}</strong> ·{" "}
          {formatSeconds(run.seconds)}
        </span>
      ) : null}
      {run?.state === "stopped" && run.message !== null ? (
        <span class="iw-note" data-testid="iw-training-why">
          {run.message}
        </span>
      ) : null}
      {flight?.blocking ? <span class="iw-note">questions are answered after the cell</span> : null}
      <span class="iw-grow" />
      {asks && goesOn && flight ? <TrainingControls store={store} flight={flight} run={run} /> : null}
      <Button
        testid="iw-live"
        pressed={training.round.value === null}
        disabled={!run || run.rounds.length === 0}
        title="Follow the newest round"
        onClick={() => training.setRound(null)}
      >
        Live
      </Button>
    </div>
  );
}

function Recorder({ store, training, run }: { store: Store; training: Training; run: Run }) {
  const palette = usePalette();
  const [chart, setChart] = useState<"streams" | "ranks">("streams");
  const [chosen, setChosen] = useState<string | null>(null);
  const [comparing, setComparing] = useState(false);
  const { ref, width } = useSize({ width: 820, height: 0 });
  const output = store.outputIndex.value;
  const x = roundScale(run.rounds, width);
  const names = store.schema.value.features.raw.map((feature) => feature.name);
  const top = topFeatures(run, output, STREAMS);
  const ranks = chart === "ranks" ? ranksOf(run, output, top) : [];
  const last = run.rounds.length - 1;
  const streams: Line[] = top.map((feature, i) => ({
    key: names[feature] ?? String(feature),
    label: names[feature] ?? String(feature),
    rounds: run.rounds,
    values:
      chart === "ranks"
        ? (ranks[i] as number[])
        : Float64Array.from(run.rounds, (_, k) => run.importance(k, output, feature)),
    color: categoryColor(palette, i),
    data: {
      testid: "iw-stream",
      feature: names[feature] ?? "",
      last: run.importance(last, output, feature),
    },
  }));
  const metrics = [...new Set(run.curves.map((curve) => curve.metric))];
  const metric = chosen !== null && metrics.includes(chosen) ? chosen : (metrics[0] ?? null);
  const at = training.round.value ?? (run.rounds[last] as number);
  const marks = [
    { round: at, kind: "shown" as const },
    ...(training.compare.value === null ? [] : [{ round: training.compare.value, kind: "compare" as const }]),
  ];
  const pick = (round: number, event: { shiftKey: boolean }) => {
    const recorded = run.rounds[nearest(run.rounds, round)] as number;
    if (event.shiftKey || comparing) training.setCompare(recorded);
    else training.setRound(recorded);
  };
  return (
    <div ref={ref}>
      <h4>
        What it relies on
        <Segmented
          label="Chart"
          value={chart}
          options={[
            { value: "streams", label: "Streams", title: "Mean magnitude of contributions" },
            { value: "ranks", label: "Ranks", title: "Place among all features" },
          ]}
          onChange={setChart}
        />
        <span class="iw-grow" />
        <Button
          kind="quiet"
          pressed={comparing || training.compare.value !== null}
          title="Click a round to compare it with the one shown; or Shift and click"
          onClick={() => {
            if (training.compare.value !== null) training.setCompare(null);
            setComparing(training.compare.value === null && !comparing);
          }}
        >
          {training.compare.value === null ? "Compare…" : "Stop comparing"}
        </Button>
      </h4>
      <RoundsChart
        label={`${chart === "ranks" ? "Rank" : "Importance"} of ${top.length} features over rounds`}
        lines={streams}
        width={width}
        height={236}
        x={x}
        flipped={chart === "ranks"}
        zero={chart !== "ranks"}
        marks={marks}
        onPick={pick}
        testid="iw-streams"
      />
      {metric !== null ? (
        <>
          <h4>
            {metrics.length > 1 ? (
              <Select
                label="Metric"
                value={metric}
                options={metrics.map((name) => ({ value: name, label: name }))}
                onChange={setChosen}
              />
            ) : (
              metric
            )}
          </h4>
          <RoundsChart
            label={`${metric} over rounds`}
            lines={curvesOf(training, run, metric)}
            width={width}
            height={150}
            x={x}
            marks={run.best === null ? marks : [...marks, { round: run.best, kind: "best" }]}
            onPick={pick}
            testid="iw-curves"
          />
        </>
      ) : null}
      <Scrubber training={training} run={run} at={at} x={x} width={width} metric={metric} />
    </div>
  );
}

function curvesOf(training: Training, run: Run, metric: string): Line[] {
  const own = run.curves
    .filter((curve) => curve.metric === metric)
    .map((curve) => ({
      key: curve.name,
      label: curve.name.replace(` ${metric}`, ""),
      rounds: run.rounds,
      values: curve.values,
      color: curve.set === "train" ? GREY : "var(--iw-accent)",
      dashed: curve.set === "train",
      data: { testid: "iw-curve", metric, set: curve.set, last: curve.values[curve.values.length - 1] ?? "" },
    }));
  const others = training.runs.value
    .filter((other) => other !== run)
    .flatMap((other) =>
      other.curves
        .filter((curve) => curve.metric === metric && curve.set !== "train")
        .map((curve) => ({
          key: `${other.name} ${curve.name}`,
          label: other.name,
          rounds: other.rounds,
          values: curve.values,
          color: GREY,
          thin: true,
        })),
    );
  // Names of so many runs would hide the curves' own.
  if (others.length > NAMED) for (const line of others) line.label = "";
  return [...others, ...own];
}

function Scrubber(props: {
  training: Training;
  run: Run;
  at: number;
  x: Scale;
  width: number;
  metric: string | null;
}) {
  const { training, run, at, x, width, metric } = props;
  const first = run.rounds[0] as number;
  const last = run.rounds[run.rounds.length - 1] as number;
  const go = (k: number) => {
    const to = Math.min(run.rounds.length - 1, Math.max(0, k));
    training.setRound(run.rounds[to] as number);
  };
  const here = nearest(run.rounds, at);
  const curve = run.curves.find((each) => each.metric === metric && each.set === "valid");
  const measured = curve ? `, ${curve.name} ${formatNumber(curve.values[here] as number)}` : "";
  const text = `round ${formatCount(at)}${measured}`;
  const drag = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    go(nearest(run.rounds, x.invert(event.clientX - box.left)));
  };
  return (
    <div
      class="iw-scrubber"
      role="slider"
      tabIndex={0}
      aria-label="Round"
      aria-valuemin={first}
      aria-valuemax={last}
      aria-valuenow={at}
      aria-valuetext={text}
      data-testid="iw-scrubber"
      data-round={at}
      data-lm-suppress-shortcuts="true"
      onKeyDown={(event) => {
        const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[
          event.key
        ];
        if (step !== undefined) go(here + step);
        else if (event.key === "Home") go(0);
        else if (event.key === "End") go(run.rounds.length - 1);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag(event);
      }}
      onPointerMove={(event) => {
        if (event.buttons & 1) drag(event);
      }}
    >
      <span
        class="iw-scrubber-track"
        style={{ left: `${MARGIN.left}px`, width: `${Math.max(0, width - MARGIN.left - MARGIN.right)}px` }}
      />
      <span class="iw-scrubber-knob" style={{ left: `${x(at)}px` }} />
      <span class="iw-scrubber-text" style={{ left: `${MARGIN.left}px` }}>
        {text}
        {training.round.value === null ? " (newest)" : ""}
      </span>
    </div>
  );
}
