/** One feature's contributions over its values: points on a canvas, axes and brush in SVG. */
import type { ReadonlySignal, Signal } from "@preact/signals";
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Condition, FeatureInfo } from "../protocol";
import { usePalette } from "../ui/context";
import { formatCount, plural } from "../ui/format";
import { textWidth, truncateMiddle, UI_FONT } from "../ui/text";
import {
  brushCondition,
  conditionSpans,
  type DependenceLayout,
  dependenceLayout,
  hasLanes,
  histogramBars,
} from "./dependence-layout";
import { drawPoints, prepare } from "./draw";
import type { PointColors } from "./point-colors";
import { pick } from "./swarm";

export interface DependenceProps {
  feature: FeatureInfo;
  x: Float32Array;
  values: Float32Array;
  colors: PointColors;
  width: number;
  mask: Uint8Array | null;
  /** The cohort's condition on this feature. */
  condition: Condition | null;
  /** Payload rows inside the whole cohort. */
  cohortCount: number;
  /** Rows that a condition alone would hold, for the count while brushing. */
  countOf(condition: Condition): number;
  localRow: number;
  hovered: Signal<number>;
  label: string;
  onBrush(condition: Condition): void;
  onClear(): void;
  onPoint(local: number): void;
  onHover(hit: { local: number; x: number; y: number } | null): void;
}

const HEIGHT = 318;
const TOP = 8;
const HIST = 26;
const LABEL_FONT = `11px ${UI_FONT}`;

/** Rings of the current and the hovered row; redraws alone. */
function Rings(props: {
  layout: DependenceLayout;
  localRow: number;
  hovered: ReadonlySignal<number>;
  width: number;
  height: number;
}) {
  const { layout, localRow, hovered, width, height } = props;
  const ring = (local: number, name: string) => {
    const x = layout.x[local];
    const y = layout.y[local];
    if (local < 0 || x === undefined || y === undefined || Number.isNaN(x) || Number.isNaN(y)) return null;
    return <circle class={name} cx={x} cy={y} r={5} />;
  };
  return (
    <svg class="iw-overlay" width={width} height={height} aria-hidden="true">
      {ring(localRow, "iw-ring")}
      {hovered.value !== localRow ? ring(hovered.value, "iw-ring-hover") : null}
    </svg>
  );
}

export function DependencePlot(props: DependenceProps) {
  const { feature, x, values, colors, width, mask, condition, localRow, hovered } = props;
  const palette = usePalette();
  const canvas = useRef<HTMLCanvasElement>(null);
  const surface = useRef<HTMLDivElement>(null);
  const drag = useSignal<{ from: number; to: number } | null>(null);

  const lanes = hasLanes(feature);
  const slanted = lanes && longLabels(feature, width);
  const bottom = slanted ? 92 : 40;
  const height = HEIGHT + bottom - 40;
  const box = { left: 46, right: width - 8, top: TOP, bottom: height - bottom - HIST };
  const layout = useMemo(
    () => dependenceLayout(feature, x, values, box),
    [feature, x, values, width, bottom],
  );
  const bars = useMemo(() => histogramBars(feature, layout), [feature, layout]);
  const floor = height - bottom;

  useLayoutEffect(() => {
    if (!canvas.current) return;
    const context = prepare(canvas.current, width, height);
    if (!context) return;
    const many = x.length > 1200;
    const points = { x: layout.x, y: layout.y, colors, mask };
    drawPoints(context, width, height, [{ ...points, radius: many ? 2.1 : 2.6, alpha: many ? 0.6 : 0.72 }]);
  }, [layout, colors, width, height, mask, palette]);

  const at = (event: PointerEvent): { x: number; y: number } => {
    const rect = surface.current?.getBoundingClientRect();
    return { x: event.clientX - (rect?.left ?? 0), y: event.clientY - (rect?.top ?? 0) };
  };
  const nearest = (point: { x: number; y: number }) => pick(layout.x, layout.y, point.x, point.y, 7);

  const onDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const point = at(event);
    drag.value = { from: point.x, to: point.x };
    (event.currentTarget as Element).setPointerCapture?.(event.pointerId);
  };
  const onMove = (event: PointerEvent) => {
    const point = at(event);
    if (drag.value) {
      drag.value = { from: drag.value.from, to: point.x };
      props.onHover(null);
      return;
    }
    const local = nearest(point);
    if (hovered.value !== local) hovered.value = local;
    props.onHover(local >= 0 ? { local, ...point } : null);
  };
  const onUp = (event: PointerEvent) => {
    const moved = drag.value;
    drag.value = null;
    if (!moved) return;
    if (Math.abs(moved.to - moved.from) >= 4) {
      const next = brushCondition(feature, layout, moved.from, moved.to);
      if (next) props.onBrush(next);
      return;
    }
    const local = nearest(at(event));
    if (local >= 0) props.onPoint(local);
    else if (condition) props.onClear();
  };
  const onLeave = () => {
    if (hovered.value !== -1) hovered.value = -1;
    props.onHover(null);
  };

  // Left and right walk through the rows by position; with Shift they move the brush's right edge.
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      if (!condition && !drag.value) return;
      event.stopPropagation();
      drag.value = null;
      if (condition) props.onClear();
      return;
    }
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey) {
      const [span] = condition ? conditionSpans(layout, feature, condition) : [];
      const start = span ? span[0] + 3 : (layout.x[localRow] ?? box.left);
      const end = (span ? span[1] - 3 : start) + (step * (box.right - box.left)) / 40;
      const next = brushCondition(feature, layout, start, Math.max(start, end));
      if (next) props.onBrush(next);
      return;
    }
    const order = Array.from(layout.x.keys())
      .filter((i) => !Number.isNaN(layout.x[i] as number))
      .sort((a, b) => (layout.x[a] as number) - (layout.x[b] as number));
    const next = order[Math.max(0, Math.min(order.length - 1, order.indexOf(localRow) + step))];
    if (next !== undefined) props.onPoint(next);
  };

  return (
    <div
      class="iw-plot"
      ref={surface}
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a plot that answers keys must take the focus
      tabIndex={0}
      style={{ height: `${height}px` }}
      aria-label={`${props.label}. Left and right arrows move through the rows, with Shift they brush; Escape clears.`}
      data-lm-suppress-shortcuts="true"
      onKeyDown={onKeyDown}
    >
      <svg width={width} height={height} aria-hidden="true">
        {layout.missing ? (
          <rect
            class="iw-lane"
            x={layout.missing.start}
            y={TOP}
            width={layout.missing.end - layout.missing.start}
            height={floor - TOP}
            rx={4}
          />
        ) : null}
        {layout.yTicks.map((tick) => (
          <g key={tick.at}>
            <line
              class={tick.at === 0 ? "iw-zero" : "iw-grid"}
              x1={box.left}
              x2={box.right}
              y1={layout.yScale(tick.at)}
              y2={layout.yScale(tick.at)}
            />
            <text class="iw-t3" x={box.left - 6} y={layout.yScale(tick.at) + 4} text-anchor="end">
              {tick.label}
            </text>
          </g>
        ))}
        {bars.map((bar) => (
          <rect
            key={bar.start}
            class="iw-hist"
            x={bar.start + 0.5}
            y={floor - (HIST - 4) * bar.height}
            width={Math.max(1, bar.end - bar.start - 1)}
            height={(HIST - 4) * bar.height}
          >
            <title>{plural(bar.count, "row")}</title>
          </rect>
        ))}
        {layout.xTicks.map((tick) => {
          const px = layout.xScale ? layout.xScale(tick.at) : tick.at;
          const room = slanted ? 104 : lanes ? laneWidth(layout) - 4 : 90;
          return (
            <text
              key={tick.at}
              class="iw-t3"
              x={px}
              y={floor + 15}
              text-anchor={slanted ? "end" : "middle"}
              transform={slanted ? `rotate(-38 ${px} ${floor + 12})` : undefined}
            >
              {truncateMiddle(tick.label, room, LABEL_FONT)}
              <title>{tick.label}</title>
            </text>
          );
        })}
        {layout.missing ? (
          <text
            class="iw-t3"
            x={(layout.missing.start + layout.missing.end) / 2}
            y={floor + 15}
            text-anchor="middle"
          >
            missing
            <title>{`${plural(layout.missing.count, "row")} without a value`}</title>
          </text>
        ) : null}
        {slanted ? null : (
          <text class="iw-t3" x={(box.left + box.right) / 2} y={floor + 33} text-anchor="middle">
            {truncateMiddle(feature.name, box.right - box.left, LABEL_FONT)}
            <title>{feature.name}</title>
          </text>
        )}
      </svg>
      <canvas ref={canvas} />
      <Rings layout={layout} localRow={localRow} hovered={hovered} width={width} height={height} />
      <svg width={width} height={height} style={{ position: "absolute", top: 0, left: 0 }} aria-hidden="true">
        <Brush {...props} layout={layout} drag={drag} floor={floor} />
        <rect
          class="iw-surface"
          data-testid="iw-surface"
          x={0}
          y={0}
          width={width}
          height={floor}
          onPointerDown={onDown}
          onPointerMove={onMove}
          onPointerUp={onUp}
          onPointerCancel={() => {
            drag.value = null;
          }}
          onPointerLeave={onLeave}
        />
      </svg>
    </div>
  );
}

/** Alone, so that dragging draws the brush and nothing else. */
function Brush(
  props: DependenceProps & {
    layout: DependenceLayout;
    drag: ReadonlySignal<{ from: number; to: number } | null>;
    floor: number;
  },
) {
  const { feature, layout, drag, condition, floor, width } = props;
  const moving = drag.value !== null && Math.abs(drag.value.to - drag.value.from) >= 4 ? drag.value : null;
  const shown = moving ? brushCondition(feature, layout, moving.from, moving.to) : condition;
  if (!shown) return null;
  const spans = conditionSpans(layout, feature, shown);
  const count = moving ? props.countOf(shown) : props.cohortCount;
  const text = `${formatCount(count)} ${count === 1 ? "row" : "rows"} brushed → cohort`;
  const end = spans[spans.length - 1]?.[1] ?? 0;
  const start = spans[0]?.[0] ?? 0;
  const room = textWidth(text, LABEL_FONT) + 8;
  const after = end + room < width;
  const before = !after && start - room > 46;
  return (
    <g data-testid="iw-brush">
      {spans.map(([from, to]) => (
        <rect key={from} class="iw-brush" x={from} y={TOP} width={to - from} height={floor - TOP} />
      ))}
      {spans.length > 0 ? (
        <text
          class="iw-brush-label"
          x={after ? end + 6 : before ? start - 6 : end - 6}
          y={TOP + 11}
          text-anchor={after ? "start" : "end"}
        >
          {text}
        </text>
      ) : null}
    </g>
  );
}

function laneWidth(layout: DependenceLayout): number {
  const lane = layout.lanes[0];
  return lane ? lane.end - lane.start : 60;
}

function longLabels(feature: FeatureInfo, width: number): boolean {
  const labels = (feature.categories ?? []).slice(0, 20);
  const room = (width - 60) / Math.max(1, labels.length);
  return labels.some((label) => textWidth(label.slice(0, 40), LABEL_FONT) > room - 6) && labels.length > 1;
}
