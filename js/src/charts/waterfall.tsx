/** The waterfall of one row: bars from the base value to the prediction, dashed where edits lead. */
import { useRef, useState } from "preact/hooks";
import { TableTwin } from "../ui/table-twin";
import { useSize } from "../ui/use-size";
import { type Mark, type WaterfallInput, type WaterfallLayout, waterfallLayout } from "./waterfall-layout";

export interface WaterfallProps extends Omit<WaterfallInput, "width"> {
  readonly caption: string;
  readonly unit: string;
  /** Full names and values, for titles and the table. */
  readonly focused: number;
  readonly expanded: boolean;
  readonly rowPosition: number;
  onPick(feature: number): void;
  onFold(): void;
}

export function Waterfall(props: WaterfallProps) {
  const { steps, labels, newValues, focused, caption, unit, expanded, onPick, onFold } = props;
  const { ref, width } = useSize({ width: 470, height: 0 });
  const list = useRef<SVGSVGElement>(null);
  const [tabbable, setTabbable] = useState(0);
  const layout = waterfallLayout({ ...props, width });
  const choose = (mark: Mark) => (mark.step.feature < 0 ? onFold() : onPick(mark.step.feature));
  const onKeyDown = (event: KeyboardEvent, k: number) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(layout.marks[k] as Mark);
      return;
    }
    const to = { ArrowDown: k + 1, ArrowUp: k - 1, Home: 0, End: layout.marks.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(layout.marks.length - 1, to));
    setTabbable(at);
    list.current?.querySelectorAll<SVGGElement>(".iw-wf-row")[at]?.focus();
  };
  const roving = Math.min(tabbable, layout.marks.length - 1);
  return (
    <div class="iw-wf" ref={ref}>
      <svg
        ref={list}
        width={width}
        height={layout.height}
        role="group"
        aria-label={caption}
        data-testid="iw-waterfall"
        data-row={props.rowPosition}
        data-mode={props.mode}
      >
        <BaseLine layout={layout} />
        {layout.marks.map((mark, k) => {
          const label = labels[k];
          const fold = mark.step.feature < 0;
          const after = newValues?.[k];
          const says = `${label?.name}${label?.value == null ? "" : ` = ${label.value}`}: ${mark.text}${mark.newText ? `, with your edits ${mark.newText}` : ""}`;
          return (
            <g
              key={fold ? "fold" : mark.step.feature}
              class={!fold && mark.step.feature === focused ? "iw-wf-row iw-wf-focused" : "iw-wf-row"}
              role="button"
              tabIndex={k === roving ? 0 : -1}
              aria-label={fold ? `${says}. ${expanded ? "Fold" : "Unfold"}` : says}
              aria-pressed={fold ? undefined : mark.step.feature === focused}
              aria-expanded={fold ? expanded : undefined}
              data-testid="iw-bar"
              data-feature={fold ? "" : label?.name}
              data-value={mark.step.value}
              data-new-value={after}
              onClick={() => choose(mark)}
              onKeyDown={(event) => onKeyDown(event, k)}
            >
              <title>{says}</title>
              <rect class="iw-wf-hit" x={0} y={mark.top} width={width} height={layout.rowHeight} rx={6} />
              <MarkShapes mark={mark} layout={layout} fold={fold} />
            </g>
          );
        })}
        <Endings layout={layout} />
      </svg>
      <TableTwin
        caption={`${caption}, ${unit}`}
        columns={
          newValues
            ? ["feature", "value", "contribution", "with your edits"]
            : ["feature", "value", "contribution"]
        }
        rows={steps.map((_, k) => {
          const mark = layout.marks[k] as Mark;
          const cells = [labels[k]?.name ?? "", labels[k]?.value ?? "", mark.text];
          return newValues ? [...cells, mark.newText ?? mark.text] : cells;
        })}
      />
    </div>
  );
}

function MarkShapes({ mark, layout, fold }: { mark: Mark; layout: WaterfallLayout; fold: boolean }) {
  const { bar, outline, whisker, link } = mark;
  const middle = mark.top + layout.rowHeight / 2;
  const top = middle - layout.barHeight / 2;
  const thick = bar.to - bar.from;
  return (
    <>
      <text x={layout.nameX} y={middle + 4} text-anchor="end" class="iw-wf-name">
        <tspan class={fold ? "iw-wf-fold" : undefined}>{mark.name}</tspan>
        <tspan class="iw-wf-value">{mark.value}</tspan>
      </text>
      <rect
        class={mark.step.value < 0 ? "iw-wf-neg" : "iw-wf-pos"}
        x={bar.from}
        y={top}
        width={thick}
        height={layout.barHeight}
        rx={Math.min(3, thick / 2)}
      />
      {outline ? (
        <rect
          class="iw-wf-outline"
          x={outline.from}
          y={top - 1}
          width={outline.to - outline.from}
          height={layout.barHeight + 2}
          rx={3}
        />
      ) : null}
      {whisker ? (
        <path
          class="iw-wf-whisker"
          d={`M${whisker.from} ${middle - 3}v6M${whisker.from} ${middle}H${whisker.to}M${whisker.to} ${middle - 3}v6`}
        />
      ) : null}
      {link ? <line class="iw-wf-link" x1={link.x} x2={link.x} y1={link.from} y2={link.to} /> : null}
      <text x={mark.textX} y={middle + 4} text-anchor={mark.anchor} class="iw-t2">
        {mark.text}
        {mark.newText ? <tspan class="iw-wf-new"> → {mark.newText}</tspan> : null}
      </text>
    </>
  );
}

function BaseLine({ layout }: { layout: WaterfallLayout }) {
  const { base } = layout;
  return (
    <g>
      <line class="iw-wf-base" x1={base.x} x2={base.x} y1={base.from} y2={base.to} />
      <text class="iw-t3" x={base.textX} y={base.textY} text-anchor="middle">
        {base.text}
      </text>
    </g>
  );
}

function Endings({ layout }: { layout: WaterfallLayout }) {
  const { prediction, newPrediction } = layout;
  if (!prediction) return null;
  return (
    <g>
      <line class="iw-wf-end" x1={prediction.x} x2={prediction.x} y1={prediction.from} y2={prediction.to} />
      <text class="iw-wf-prediction" x={prediction.textX} y={prediction.textY} text-anchor="middle">
        {prediction.text}
      </text>
      {newPrediction ? (
        <>
          <line
            class="iw-wf-end iw-wf-end-new"
            x1={newPrediction.x}
            x2={newPrediction.x}
            y1={newPrediction.from}
            y2={newPrediction.to}
          />
          <text
            class="iw-wf-new-prediction"
            x={newPrediction.textX}
            y={newPrediction.textY}
            text-anchor="middle"
          >
            {newPrediction.text}
          </text>
        </>
      ) : null}
    </g>
  );
}
