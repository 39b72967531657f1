/** Right of the overview: how the feature in focus acts, drawn and in words. */
import { type Signal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { DependencePlot } from "../charts/dependence";
import { type PointColors, plainColors, pointColors } from "../charts/point-colors";
import { shadeOf } from "../charts/shade";
import { cohortMask, countOf, withCondition } from "../cohort";
import type { Condition, FeatureInfo } from "../protocol";
import type { Store } from "../store";
import { usePalette } from "../ui/context";
import { Button, Empty, Select } from "../ui/controls";
import { formatCount, formatSigned, formatValue, plural } from "../ui/format";
import { TableTwin } from "../ui/table-twin";
import { Tooltip } from "../ui/tooltip";
import { useSize } from "../ui/use-size";
import { quantity } from "../wording";
import { dependenceWords, type Piece } from "../words/dependence-words";
import { medianOf, segments } from "../words/segments";

const AUTOMATIC = "\u0000automatic";
const NOTHING = "\u0000nothing";

interface PlotHover {
  local: number;
  x: number;
  y: number;
}

function Legend({ colors, feature }: { colors: PointColors; feature: FeatureInfo | null }) {
  if (!feature) return null;
  if (!colors.legend) {
    return (
      <div class="iw-legend">
        <span class="iw-legend-item">
          <span class="iw-ellipsis">{feature.name}</span> <span class="iw-ramp" aria-hidden="true" /> low →
          high
        </span>
        {colors.hasMissing ? (
          <span class="iw-legend-item">
            <span class="iw-dot" style={{ background: colors.colors[colors.colors.length - 1] }} /> missing
          </span>
        ) : null}
      </div>
    );
  }
  return (
    <div class="iw-legend">
      {colors.legend.map((item) => (
        <span class="iw-legend-item" key={item.label} title={plural(item.count, "row")}>
          <span class="iw-dot" style={{ background: item.color }} />
          <span class="iw-ellipsis">
            {feature.name} = {item.label}
          </span>
        </span>
      ))}
    </div>
  );
}

function Words({ sentences, note }: { sentences: readonly (readonly Piece[])[]; note: string }) {
  if (sentences.length === 0) return null;
  return (
    <div class="iw-words" data-testid="iw-words">
      <h3>In words</h3>
      <p>
        {sentences.map((sentence, index) => (
          <span key={index}>
            {sentence.map((piece) =>
              typeof piece === "string" ? piece : <b key={piece.strong}>{piece.strong}</b>,
            )}{" "}
          </span>
        ))}
      </p>
      <p class="iw-note">{note}</p>
    </div>
  );
}

function HoverLayer(props: {
  store: Store;
  hover: Signal<PlotHover | null>;
  width: number;
  features: readonly FeatureInfo[];
  indices: readonly number[];
}) {
  const { store, hover, width, features, indices } = props;
  const hit = hover.value;
  const x = store.x();
  const values = store.values();
  if (!hit || !x || !values) return null;
  const [own] = indices;
  return (
    <Tooltip x={hit.x} y={hit.y} width={width}>
      <div class="iw-tooltip-head">{store.schema.value.row_labels[hit.local]}</div>
      {indices.map((index) => {
        const info = features[index];
        if (!info) return null;
        return (
          <div key={index}>
            {info.name} = <b>{formatValue(info, x.feature(index)[hit.local] as number)}</b>
          </div>
        );
      })}
      {own !== undefined ? (
        <div>
          contribution <b>{formatSigned(values.feature(own)[hit.local] as number)}</b>
        </div>
      ) : null}
    </Tooltip>
  );
}

export function HowItActs({ store, hovered }: { store: Store; hovered: Signal<number> }) {
  const palette = usePalette();
  const { ref, width } = useSize({ width: 520, height: 320 });
  const hover = useSignal<PlotHover | null>(null);
  const schema = store.schema.value;
  const features = store.features();
  const index = store.focus.value;
  const feature = features[index];
  const x = store.x();
  const values = store.values();

  const strongest = store.interaction()?.[index] ?? -1;
  const chosen = store.colorFeature.value;
  const colorIndex = chosen === null ? strongest : features.findIndex((item) => item.name === chosen);
  const colorInfo = features[colorIndex] ?? null;
  const colors = useMemo(() => {
    if (!x) return null;
    if (!colorInfo) return plainColors(x.nRows, palette);
    return pointColors(colorInfo, x.feature(colorIndex), shadeOf(x, colorIndex), palette);
  }, [x, colorInfo, colorIndex, palette]);

  const mask = store.selectionMask.value ?? store.cohortMask.value;
  const what = quantity(schema, store.outputIndex.value);
  const sentences = useMemo(() => {
    if (!feature || !x || !values) return [];
    const other = colorInfo ? { feature: colorInfo, x: x.feature(colorIndex) } : null;
    return dependenceWords({
      feature,
      x: x.feature(index),
      values: values.feature(index),
      quantity: what,
      other,
      mask: store.cohortMask.value,
    });
  }, [feature, x, values, colorInfo, colorIndex, index, what, store.cohortMask.value]);

  if (!feature) {
    return (
      <div class="iw-pane">
        <Empty>There is no feature to show.</Empty>
      </div>
    );
  }
  const strongestName = features[strongest]?.name;
  const options = [
    {
      value: AUTOMATIC,
      label:
        strongestName === undefined
          ? "none · no interaction seen"
          : `${strongestName} · strongest interaction`,
    },
    ...(strongestName === undefined ? [] : [{ value: NOTHING, label: "one colour" }]),
    ...features.filter((item) => item !== feature).map((item) => ({ value: item.name, label: item.name })),
  ];
  // A feature coloured by itself: one colour would say the same, but the ramp shows that nothing else is drawn.
  const colorValue = chosen === null ? AUTOMATIC : chosen === feature.name ? NOTHING : chosen;
  const condition = store.cohort.value.find((item) => item.feature === feature.name) ?? null;
  const tables = x ? [{ features, x }] : [];
  const brush = (next: Condition) => {
    const inside = cohortMask(withCondition(store.cohort.value, next), tables);
    const rows = store.rows();
    const selected = inside ? rows.filter((_, local) => inside[local] === 1) : rows;
    store.addCondition(next, selected);
  };
  const sampled = schema.n_sampled < schema.n_rows;
  const counted = mask ? "the cohort's rows" : sampled ? "the drawn rows" : "all rows";

  return (
    <div
      class="iw-pane"
      data-testid="iw-dependence"
      data-feature={feature.name}
      data-color-feature={colorInfo?.name ?? ""}
    >
      <div class="iw-hd">
        <h3 class="iw-focus-name" title={feature.name}>
          {feature.name}
        </h3>
        {features.length > 1 ? (
          <Select
            label="Colour by"
            prefix="colour"
            testid="iw-color"
            value={colorValue}
            options={options}
            onChange={(value) =>
              store.setColorFeature(value === AUTOMATIC ? null : value === NOTHING ? feature.name : value)
            }
          />
        ) : null}
        <span class="iw-grow" />
        {condition ? (
          <Button kind="quiet" testid="iw-clear-brush" onClick={() => store.removeCondition(feature.name)}>
            Clear brush
          </Button>
        ) : (
          <span class="iw-note">contribution</span>
        )}
      </div>
      <div ref={ref} style={{ position: "relative" }}>
        {!x || x.nRows === 0 ? (
          <Empty>There are no rows to draw.</Empty>
        ) : !values || !colors ? (
          <Empty>
            {store.fetchError.value ??
              `Fetching the contributions to ${schema.output_names[store.outputIndex.value]}…`}
          </Empty>
        ) : (
          <>
            <DependencePlot
              feature={feature}
              x={x.feature(index)}
              values={values.feature(index)}
              colors={colors}
              width={width}
              mask={mask}
              condition={condition}
              cohortCount={countOf(store.cohortMask.value, schema.n_sampled)}
              countOf={(next) =>
                countOf(cohortMask(withCondition(store.cohort.value, next), tables), x.nRows)
              }
              localRow={store.localRow.value}
              hovered={hovered}
              label={`Contribution of ${feature.name} to the ${what}, ${plural(x.nRows, "row")}`}
              onBrush={brush}
              onClear={() => store.removeCondition(feature.name)}
              onPoint={(local) => {
                const position = store.rows()[local];
                if (position !== undefined) store.setRow(position);
              }}
              onHover={(next) => {
                hover.value = next;
              }}
            />
            <HoverLayer
              store={store}
              hover={hover}
              width={width}
              features={features}
              indices={colorInfo && colorIndex !== index ? [index, colorIndex] : [index]}
            />
          </>
        )}
      </div>
      {values && colors ? <Legend colors={colors} feature={colorInfo} /> : null}
      <Words
        sentences={sentences}
        note={`Medians counted over ${counted}${sampled ? ` (${formatCount(schema.n_sampled)} of ${formatCount(schema.n_rows)})` : ""}. They describe the model, not causes.`}
      />
      {x && values ? (
        <PartsTwin feature={feature} x={x.feature(index)} values={values.feature(index)} />
      ) : null}
    </div>
  );
}

/** The plot's shape as a table: parts of the range, or categories, with counts and medians. */
function PartsTwin({ feature, x, values }: { feature: FeatureInfo; x: Float32Array; values: Float32Array }) {
  const rows = useMemo(() => {
    const all = Array.from(x.keys());
    if (feature.categories) {
      return feature.categories.slice(0, 40).map((label, code) => {
        const members = all.filter((row) => x[row] === code);
        return [label, formatCount(members.length), formatSigned(medianOf(members, values))];
      });
    }
    return (segments(x, values, all)?.parts ?? []).map((part) => [
      `${part.from === null ? "lowest" : formatValue(feature, part.from)} to ${part.below === null ? "highest" : formatValue(feature, part.below)}`,
      formatCount(part.rows.length),
      formatSigned(part.median),
    ]);
  }, [feature, x, values]);
  return (
    <TableTwin
      caption={`Contribution of ${feature.name}`}
      columns={["Values", "Rows", "Median"]}
      rows={rows}
    />
  );
}
