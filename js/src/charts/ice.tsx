/** ICE of this row over the PDP of all rows. */
import type { FeatureInfo, PartialDependence } from "../protocol";
import { TableTwin } from "../ui/table-twin";
import { useSize } from "../ui/use-size";
import { iceLayout } from "./ice-layout";

export function Ice(props: {
  curve: PartialDependence;
  info: FeatureInfo;
  probability: boolean;
  /** Where the row stands now: position and prediction; NaN position = missing. */
  now: { x: number; y: number };
  /** Where it stood before the edits, or null. */
  own: { x: number; y: number } | null;
  show(value: number): string;
  text(value: number): string;
}) {
  const { curve, info, probability, now, own, show, text } = props;
  const { ref, width } = useSize({ width: 340, height: 0 });
  const size = { width, height: 132 };
  const layout = iceLayout(curve, info, size, probability, [now.y, ...(own ? [own.y] : [])]);
  const nowX = layout.x(now.x);
  const ownX = own ? layout.x(own.x) : Number.NaN;
  return (
    <div ref={ref} class="iw-ice" data-testid="iw-ice" data-feature={curve.feature}>
      <svg width={width} height={size.height} role="img" aria-label={`Prediction against ${curve.feature}`}>
        {layout.yTicks.map((tick) => (
          <g key={tick.text}>
            <line class="iw-grid" x1={layout.left} x2={layout.right} y1={tick.y} y2={tick.y} />
            <text class="iw-t3" x={layout.left - 6} y={tick.y + 4} text-anchor="end">
              {tick.text}
            </text>
          </g>
        ))}
        {layout.xTicks.map((tick) => (
          <text key={tick.x} class="iw-t3" x={tick.x} y={layout.bottom + 16} text-anchor="middle">
            {tick.text}
          </text>
        ))}
        {layout.pdpPath ? <path class="iw-ice-pdp" d={layout.pdpPath} /> : null}
        {layout.icePath ? <path class="iw-ice-row" d={layout.icePath} /> : null}
        {layout.marks.map((mark) => (
          <g key={mark.x}>
            <line
              class="iw-ice-pdp"
              x1={mark.x - mark.half}
              x2={mark.x + mark.half}
              y1={mark.pdp}
              y2={mark.pdp}
            />
            <line
              class="iw-ice-row"
              x1={mark.x - mark.half}
              x2={mark.x + mark.half}
              y1={mark.ice}
              y2={mark.ice}
            />
          </g>
        ))}
        {own && Number.isFinite(ownX) ? (
          <circle class="iw-ice-own" cx={ownX} cy={layout.y(own.y)} r={4} />
        ) : null}
        {Number.isFinite(nowX) ? <circle class="iw-ice-now" cx={nowX} cy={layout.y(now.y)} r={4.5} /> : null}
      </svg>
      <TableTwin
        caption={`Prediction against ${curve.feature}`}
        columns={[curve.feature, "this row", "all rows"]}
        rows={curve.grid.map((value, k) => [
          text(value),
          show(curve.ice[k] as number),
          show(curve.pdp[k] as number),
        ])}
      />
    </div>
  );
}
