/** Lines over the rounds of a training, with their names at the right end. */
import { formatTick } from "../ui/format";
import { extentOf, linear, type Scale } from "./scale";

export interface Line {
  key: string;
  label: string;
  values: ArrayLike<number>;
  rounds: ArrayLike<number>;
  color: string;
  dashed?: boolean;
  thin?: boolean;
  /** Attributes for those who look for the line. */
  data?: Record<string, string | number>;
}

export const MARGIN = { left: 52, right: 132, top: 8, bottom: 8 };
const LABEL_GAP = 13;

export function roundScale(rounds: ArrayLike<number>, width: number): Scale {
  const extent = extentOf(rounds) ?? { low: 0, high: 1 };
  return linear([Math.min(1, extent.low), Math.max(extent.high, 2)], [MARGIN.left, width - MARGIN.right]);
}

/** Points of a line as a path; a gap where there is no number. At most two points for each pixel. */
export function pathOf(line: Line, x: Scale, y: Scale): string {
  const n = Math.min(line.rounds.length, line.values.length);
  const step = Math.max(1, Math.floor(n / 1200));
  let path = "";
  let pen = false;
  for (let k = 0; k < n; k = k === n - 1 ? n : Math.min(n - 1, k + step)) {
    const value = line.values[k] as number;
    // A longer run is drawn as far as this one goes.
    if (!Number.isFinite(value) || (line.rounds[k] as number) > x.domain[1]) {
      pen = false;
      continue;
    }
    path += `${pen ? "L" : "M"}${x(line.rounds[k] as number).toFixed(1)},${y(value).toFixed(1)}`;
    pen = true;
  }
  return path;
}

function lastOf(values: ArrayLike<number>): number {
  for (let k = values.length - 1; k >= 0; k--) {
    if (Number.isFinite(values[k] as number)) return values[k] as number;
  }
  return Number.NaN;
}

/** Heights of labels, moved apart where they would cover one another. */
export function spreadLabels(wanted: readonly number[], low: number, high: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] as number) - (wanted[b] as number));
  const out = [...wanted];
  let floor = low;
  for (const i of order) {
    out[i] = Math.max(wanted[i] as number, floor);
    floor = (out[i] as number) + LABEL_GAP;
  }
  let ceiling = high;
  for (const i of [...order].reverse()) {
    out[i] = Math.min(out[i] as number, ceiling);
    ceiling = (out[i] as number) - LABEL_GAP;
  }
  return out;
}

export function RoundsChart(props: {
  label: string;
  lines: readonly Line[];
  width: number;
  height: number;
  x: Scale;
  /** Greatest at the bottom, as ranks are. */
  flipped?: boolean;
  zero?: boolean;
  marks: readonly { round: number; kind: "shown" | "compare" | "best" }[];
  onPick: (round: number, event: MouseEvent) => void;
  testid: string;
}) {
  const { lines, width, height, x, marks } = props;
  let extent = props.zero ? { low: 0, high: 0 } : null;
  for (const line of lines) extent = extentOf(line.values, extent);
  const { low, high } = extent ?? { low: 0, high: 1 };
  const range: [number, number] = [height - MARGIN.bottom, MARGIN.top];
  const y = linear(props.flipped ? [high, low] : [low, high === low ? low + 1 : high], range);
  const labelled = lines.filter((line) => line.label !== "" && Number.isFinite(lastOf(line.values)));
  const heights = spreadLabels(
    labelled.map((line) => y(lastOf(line.values))),
    MARGIN.top,
    height - MARGIN.bottom,
  );
  const right = width - MARGIN.right;
  const pick = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    props.onPick(Math.round(x.invert(event.clientX - box.left)), event);
  };
  return (
    // The scrubber below is the keyboard's way to the same rounds.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <svg
      class="iw-rounds"
      width={width}
      height={height}
      role="img"
      aria-label={props.label}
      data-testid={props.testid}
      onClick={pick}
    >
      {y.ticks(props.flipped ? 6 : 4).map((tick) => (
        <g key={tick}>
          <line class="iw-grid" x1={MARGIN.left} x2={right} y1={y(tick)} y2={y(tick)} />
          <text class="iw-t3" x={MARGIN.left - 6} y={y(tick) + 4} text-anchor="end">
            {formatTick(tick)}
          </text>
        </g>
      ))}
      {marks.map((mark) => (
        <line
          key={mark.kind}
          class={`iw-rule iw-rule-${mark.kind}`}
          x1={x(mark.round)}
          x2={x(mark.round)}
          y1={MARGIN.top}
          y2={height - MARGIN.bottom}
        />
      ))}
      {lines.map((line) => (
        <path
          key={line.key}
          d={pathOf(line, x, y)}
          fill="none"
          stroke={line.color}
          stroke-width={line.thin ? 1 : 2}
          stroke-opacity={line.thin ? 0.45 : 1}
          stroke-dasharray={line.dashed ? "4 3" : undefined}
          stroke-linejoin="round"
          {...Object.fromEntries(
            Object.entries(line.data ?? {}).map(([name, value]) => [
              name === "testid" ? "data-testid" : `data-${name}`,
              value,
            ]),
          )}
        />
      ))}
      {labelled.map((line, i) => (
        <text
          key={line.key}
          class="iw-rounds-label"
          x={right + 8}
          y={(heights[i] as number) + 4}
          style={{ fill: line.color }}
        >
          <title>{line.label}</title>
          {line.label.length > 17 ? `${line.label.slice(0, 16)}…` : line.label}
        </text>
      ))}
    </svg>
  );
}
