import { decimalsFor, formatFixed } from "../ui/format";
import type { RankedRow } from "./ranked-rows";

export interface StackPart {
  label: string;
  color: string;
  value(row: RankedRow): number;
}

/** One feature's importance, a piece per class. */
export function StackBar(props: {
  row: RankedRow;
  stack: readonly StackPart[];
  x: number;
  y: number;
  bar: (value: number) => number;
}) {
  const { row, stack, x, y, bar } = props;
  let start = x;
  return (
    <g>
      {stack.map((part) => {
        const width = bar(part.value(row));
        const at = start;
        start += width;
        return width > 0 ? (
          <rect
            key={part.label}
            x={at}
            y={y}
            width={Math.max(0.5, width - 0.5)}
            height={16}
            fill={part.color}
          >
            <title>{`${part.label}: ${formatFixed(part.value(row), decimalsFor(part.value(row)))}`}</title>
          </rect>
        ) : null;
      })}
    </g>
  );
}
