/** The ranked features: bars, beeswarm or stacks per class, one line each. */
import type { ReadonlySignal, Signal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Density } from "../payload";
import type { GlobalChart } from "../protocol";
import { usePalette } from "../ui/context";
import { decimalsFor, formatCount, formatFixed, formatTick } from "../ui/format";
import { textWidth, truncateMiddle } from "../ui/text";
import { drawDensity, drawPoints, type Points, prepare } from "./draw";
import type { PointColors } from "./point-colors";
import type { RankedRow } from "./ranked-rows";
import { linear, type Scale } from "./scale";
import { StackBar, type StackPart } from "./stack-bar";
import { pick, type Swarm, swarm } from "./swarm";

export interface SwarmSource {
  values: Float32Array;
  colors: PointColors;
  density: Density | null;
}

export interface RankedProps {
  rows: readonly RankedRow[];
  chart: GlobalChart;
  width: number;
  /** Shared by all rows: extent of the contributions. */
  domain: readonly [number, number];
  axisLabel: string;
  focus: string | null;
  unfolded: ReadonlySet<string>;
  swarmOf(row: RankedRow): SwarmSource | null;
  stack: readonly StackPart[] | null;
  /** Per payload row; null = none is faded. */
  mask: Uint8Array | null;
  localRow: number;
  hovered: Signal<number>;
  onOpen(row: RankedRow): void;
  onToggle(row: RankedRow): void;
  onPoint(localRow: number, row: RankedRow): void;
  onHover(hit: RankedHit | null): void;
}

export interface RankedHit {
  row: RankedRow;
  /** Position in the payload, or -1 over no point. */
  local: number;
  x: number;
  y: number;
}

export const ROW_HEIGHT = 34;
const CHILD_HEIGHT = 26;
const MAX_HEIGHT = 640;
const NUMBER_WIDTH = 46;
const MINI_BAR = 62;
const AXIS_HEIGHT = 36;

interface Placed {
  row: RankedRow;
  top: number;
  height: number;
}

function place(rows: readonly RankedRow[]): { placed: Placed[]; height: number } {
  let top = 2;
  const placed = rows.map((row) => {
    const height = row.child ? CHILD_HEIGHT : ROW_HEIGHT;
    const at = { row, top, height };
    top += height;
    return at;
  });
  return { placed, height: top + 2 };
}

const NAME_FONT = `12px -apple-system, "Segoe UI", Inter, Roboto, "Helvetica Neue", Arial, sans-serif`;

const TIE_FONT = NAME_FONT.replace("12px", "11px");

function tieText(row: RankedRow): string {
  return row.tiedWith === 1 ? "≈ tied with the next" : `≈ tied with the next ${row.tiedWith}`;
}

/** The name's column: as wide as the longest name shown needs, within reason. */
function nameColumn(rows: readonly RankedRow[], width: number): number {
  const widest = rows.reduce(
    (most, row) =>
      Math.max(
        most,
        textWidth(row.info.name.slice(0, 80), NAME_FONT),
        row.tiedWith > 0 ? textWidth(tieText(row), TIE_FONT) : 0,
      ),
    40,
  );
  const folds = rows.some((row) => row.parts > 1 || row.child) ? 18 : 0;
  return Math.min(widest * 1.04 + folds + 6, Math.max(90, width * 0.3));
}

/** Rings of the current and the hovered row over the beeswarm; redraws alone. */
function Rings(props: {
  swarms: (row: RankedRow) => Swarm | null;
  placed: readonly Placed[];
  localRow: number;
  hovered: ReadonlySignal<number>;
  width: number;
  height: number;
}) {
  const { swarms, placed, localRow, hovered, width, height } = props;
  const ring = (at: Placed, local: number, name: string) => {
    const layout = local >= 0 ? swarms(at.row) : null;
    const x = layout?.x[local];
    if (layout === null || x === undefined || Number.isNaN(x)) return null;
    const y = at.top + at.height / 2 + (layout.dy[local] ?? 0);
    return <circle key={`${name}-${at.row.level}-${at.row.index}`} class={name} cx={x} cy={y} r={4} />;
  };
  const hover = hovered.value;
  return (
    <svg class="iw-overlay" width={width} height={height} aria-hidden="true">
      {placed.map((at) => ring(at, localRow, "iw-ring"))}
      {hover >= 0 && hover !== localRow ? placed.map((at) => ring(at, hover, "iw-ring-hover")) : null}
    </svg>
  );
}

export function RankedChart(props: RankedProps) {
  const { rows, chart, width, domain, focus, swarmOf, stack, mask, localRow, hovered } = props;
  const palette = usePalette();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<SVGSVGElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const { placed, height } = useMemo(() => place(rows), [rows]);
  const viewport = Math.min(height, MAX_HEIGHT);
  const visible = placed.filter(
    (at) => at.top + at.height > scrollTop - 200 && at.top < scrollTop + viewport + 200,
  );

  const nameWidth = useMemo(() => nameColumn(rows, width), [rows, width]);
  const left = nameWidth + 12;
  const isSwarm = chart === "beeswarm";
  const mini = isSwarm && width > 400;
  const right = width - NUMBER_WIDTH - (mini ? MINI_BAR + 16 : 10);
  const scale: Scale = useMemo(
    () => linear(domain, [left + 6, right - 6]),
    [domain[0], domain[1], left, right],
  );

  const top = rows.reduce((most, row) => Math.max(most, total(row, stack)), 0);
  const reach = rows.reduce(
    (most, row) => Math.max(most, total(row, stack) + (stack ? 0 : 1.96 * row.error)),
    0,
  );
  const decimals = decimalsFor(top);
  const barStart = isSwarm ? width - NUMBER_WIDTH - MINI_BAR : left;
  const barWidth = isSwarm ? MINI_BAR : Math.max(20, right - left);
  const bar = (value: number) => (reach > 0 && Number.isFinite(value) ? (value / reach) * barWidth : 0);

  // Layouts are made for the rows on screen only, once per width and data.
  const layouts = useMemo(() => new Map<string, Swarm | null>(), [scale, swarmOf, rows]);
  const swarms = (row: RankedRow): Swarm | null => {
    if (!isSwarm) return null;
    const key = `${row.level}/${row.index}`;
    let layout = layouts.get(key);
    if (layout === undefined) {
      const source = swarmOf(row);
      layout = source ? swarm(source.values, scale, (row.child ? CHILD_HEIGHT : ROW_HEIGHT) / 2 - 4) : null;
      layouts.set(key, layout);
    }
    return layout;
  };

  useLayoutEffect(() => {
    if (!canvas.current || !isSwarm) return;
    const context = prepare(canvas.current, width, viewport);
    if (!context) return;
    const groups: Points[] = [];
    for (const at of placed) {
      if (at.top + at.height < scrollTop || at.top > scrollTop + viewport) continue;
      const source = swarmOf(at.row);
      const layout = swarms(at.row);
      if (!source || !layout) continue;
      const middle = at.top + at.height / 2 - scrollTop;
      if (source.density) {
        drawDensity(context, source.density, at.row.index, scale, middle, at.height / 2 - 2, palette);
      }
      const { colors } = source;
      groups.push({ x: layout.x, y: layout.dy, offset: middle, colors, radius: 2, alpha: 0.8, mask });
    }
    drawPoints(context, width, viewport, groups);
  }, [isSwarm, placed, layouts, swarmOf, mask, palette, width, viewport, scrollTop, scale]);

  const focusIndex = placed.findIndex((at) => !at.row.child && at.row.info.name === focus);
  const rowAt = (y: number) => placed.find((at) => y >= at.top && y < at.top + at.height) ?? null;
  const locate = (event: PointerEvent | MouseEvent): RankedHit | null => {
    const box = scroller.current?.getBoundingClientRect();
    if (!box) return null;
    const x = event.clientX - box.left;
    const y = event.clientY - box.top + scrollTop;
    const at = rowAt(y);
    if (!at) return null;
    const layout = swarms(at.row);
    const middle = at.top + at.height / 2;
    const local = layout ? pick(layout.x, layout.dy, x, y - middle, 5) : -1;
    return { row: at.row, local, x, y: y - scrollTop };
  };
  const onMove = (event: PointerEvent) => {
    const hit = locate(event);
    hovered.value = hit?.local ?? -1;
    props.onHover(hit);
  };
  const onLeave = () => {
    hovered.value = -1;
    props.onHover(null);
  };
  const onClick = (event: MouseEvent) => {
    const hit = locate(event);
    if (!hit) return;
    if (hit.local >= 0) props.onPoint(hit.local, hit.row);
    else props.onOpen(hit.row);
    focusAt(placed.findIndex((at) => at.row === hit.row));
  };

  const focusAt = (index: number) => {
    const at = placed[Math.max(0, Math.min(placed.length - 1, index))];
    const box = scroller.current;
    if (!at || !box) return;
    if (at.top < box.scrollTop) box.scrollTop = at.top - 4;
    if (at.top + at.height > box.scrollTop + viewport) box.scrollTop = at.top + at.height - viewport + 4;
    setScrollTop(box.scrollTop);
    const wanted = `${at.row.level}/${at.row.index}`;
    const take = (): boolean => {
      for (const element of list.current?.querySelectorAll<SVGGElement>(".iw-feature") ?? []) {
        if (element.dataset.key !== wanted) continue;
        element.focus({ preventScroll: true });
        return true;
      }
      return false;
    };
    // A row that scrolls into view is drawn first.
    if (!take()) requestAnimationFrame(take);
  };
  const onListKey = (event: KeyboardEvent) => {
    const key = (event.target as Element).closest<SVGGElement>(".iw-feature")?.dataset.key;
    const found = placed.findIndex(({ row }) => `${row.level}/${row.index}` === key);
    // The list itself has the focus after a press between its options.
    const index = found >= 0 ? found : Math.max(0, focusIndex);
    const at = placed[index];
    if (!at) return;
    const steps: Record<string, () => void> = {
      ArrowDown: () => focusAt(index + 1),
      ArrowUp: () => focusAt(index - 1),
      Home: () => focusAt(0),
      End: () => focusAt(placed.length - 1),
      Enter: () => props.onOpen(at.row),
      " ": () => props.onOpen(at.row),
      ArrowRight: () => at.row.parts > 1 && !props.unfolded.has(at.row.info.name) && props.onToggle(at.row),
      ArrowLeft: () => at.row.parts > 1 && props.unfolded.has(at.row.info.name) && props.onToggle(at.row),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    step();
  };

  const ticks = isSwarm ? scale.ticks(Math.max(2, Math.min(7, Math.floor((right - left) / 60)))) : [];
  return (
    <div class="iw-ranked" style={{ width: `${width}px` }}>
      <div
        class="iw-ranked-scroll"
        ref={scroller}
        role="listbox"
        aria-label="Features by importance"
        tabindex={-1}
        data-lm-suppress-shortcuts="true"
        style={{ height: `${viewport}px` }}
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        onPointerMove={onMove}
        onPointerLeave={onLeave}
        onClick={onClick}
        onKeyDown={onListKey}
      >
        <svg ref={list} width={width} height={height} role="presentation">
          {visible.map((at) => {
            const { row } = at;
            const middle = at.top + at.height / 2;
            const value = total(row, stack);
            const selected = !row.child && row.info.name === focus;
            const isOpen = props.unfolded.has(row.info.name);
            const folds = row.parts > 1;
            const tie = row.tiedWith > 0;
            return (
              <g
                key={`${row.level}/${row.index}/${row.child}`}
                class={row.child ? "iw-feature iw-child" : "iw-feature"}
                role="option"
                aria-selected={selected}
                data-unfolded={folds ? isOpen : undefined}
                aria-label={`${row.info.name}, mean absolute contribution ${formatFixed(value, decimals)}${folds ? `, ${row.parts} engineered columns ${isOpen ? "shown" : "folded"}` : ""}`}
                tabindex={placed.indexOf(at) === Math.max(0, focusIndex) ? 0 : -1}
                data-testid="iw-feature"
                data-key={`${row.level}/${row.index}`}
                data-feature={row.info.name}
                data-level={row.level}
                data-importance={String(row.importance)}
              >
                <rect class="iw-hit" x={0} y={at.top + 1} width={width} height={at.height - 2} rx={6} />
                {folds ? (
                  <g
                    class="iw-unfold"
                    role="button"
                    tabindex={-1}
                    aria-label={`${isOpen ? "Fold" : "Unfold"} ${row.parts} engineered columns`}
                    data-testid="iw-unfold"
                    transform={`translate(4 ${middle - 7})`}
                    onClick={(event) => {
                      event.stopPropagation();
                      props.onToggle(row);
                    }}
                  >
                    <rect x={-2} y={-3} width={18} height={20} fill="transparent" />
                    <path
                      d={isOpen ? "M3 5l4 4 4-4" : "M5 3l4 4-4 4"}
                      fill="none"
                      stroke="currentColor"
                      stroke-width={1.5}
                      stroke-linecap="round"
                      stroke-linejoin="round"
                    />
                    <title>{`${isOpen ? "Fold" : "Unfold"} ${row.parts} engineered columns`}</title>
                  </g>
                ) : null}
                <text class="iw-name" x={nameWidth} y={middle + (tie ? -1 : 4)} text-anchor="end">
                  {truncateMiddle(row.info.name, nameWidth - (folds || row.child ? 22 : 6), NAME_FONT)}
                  <title>{row.info.name}</title>
                </text>
                {tie ? (
                  <text class="iw-t3 iw-tie" x={nameWidth} y={middle + 12} text-anchor="end">
                    {tieText(row)}
                    <title>The order of these is not clear at 95 %</title>
                  </text>
                ) : null}
                {!isSwarm || mini ? (
                  <rect class="iw-track" x={barStart} y={middle - 4} width={barWidth} height={8} rx={2} />
                ) : null}
                {stack && !isSwarm ? (
                  <StackBar row={row} stack={stack} x={barStart} y={middle - 8} bar={bar} />
                ) : !isSwarm || mini ? (
                  <rect
                    class="iw-bar"
                    x={barStart}
                    y={isSwarm ? middle - 4 : middle - (row.child ? 6 : 8)}
                    width={bar(row.importance)}
                    height={isSwarm ? 8 : row.child ? 12 : 16}
                    rx={isSwarm ? 2 : 3}
                  />
                ) : null}
                {(!isSwarm || mini) && !stack && row.error > 0 ? (
                  <line
                    class="iw-whisker"
                    x1={barStart + bar(Math.max(0, row.importance - 1.96 * row.error))}
                    x2={barStart + bar(row.importance + 1.96 * row.error)}
                    y1={middle}
                    y2={middle}
                  />
                ) : null}
                <text class="iw-t2" x={width - 4} y={middle + 4} text-anchor="end">
                  {numberOf(value, decimals)}
                </text>
              </g>
            );
          })}
          {isSwarm ? (
            <line class="iw-zero" x1={scale(0)} x2={scale(0)} y1={0} y2={height} pointer-events="none" />
          ) : null}
        </svg>
        {isSwarm ? (
          <>
            <canvas ref={canvas} style={{ top: `${scrollTop}px` }} />
            <Rings
              swarms={swarms}
              placed={visible}
              localRow={localRow}
              hovered={hovered}
              width={width}
              height={height}
            />
          </>
        ) : null}
      </div>
      {isSwarm ? (
        <svg width={width} height={AXIS_HEIGHT} aria-hidden="true">
          {ticks.map((tick) => (
            <text key={tick} class="iw-t3" x={scale(tick)} y={13} text-anchor="middle">
              {formatTick(tick, true)}
            </text>
          ))}
          <text class="iw-t3" x={(left + right) / 2} y={29} text-anchor="middle">
            {truncateMiddle(props.axisLabel, right - left + 80, NAME_FONT)}
            <title>{props.axisLabel}</title>
          </text>
        </svg>
      ) : null}
    </div>
  );
}

function total(row: RankedRow, stack: readonly StackPart[] | null): number {
  if (!stack || row.child) return row.importance;
  return stack.reduce((sum, part) => sum + part.value(row), 0);
}

/** One number of decimals for the whole column; what would read as zero says that it is small. */
function numberOf(value: number, decimals: number): string {
  if (Number.isNaN(value)) return "–";
  if (value === 0) return "0";
  if (value < 0.5 * 10 ** -decimals) return `<${formatFixed(10 ** -decimals, decimals)}`;
  return value >= 1e7
    ? formatTick(Number(value.toPrecision(3)))
    : decimals === 0
      ? formatCount(value)
      : formatFixed(value, decimals);
}
