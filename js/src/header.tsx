import { useRef, useState } from "preact/hooks";
import { countOf } from "./cohort";
import { EstimateChip } from "./estimate-chip";
import { ExportMenu } from "./export-menu";
import { imitationOf } from "./imitation";
import type { Level } from "./protocol";
import type { Store } from "./store";
import { Button, Chip, Segmented, Select } from "./ui/controls";
import { formatCount, formatSeconds, formatTiny, plural } from "./ui/format";
import { Popover } from "./ui/popover";
import { conditionText, fidelityText, isAdditive, measuredText, methodName, truthLine } from "./wording";

const LEVELS: readonly { value: Level; label: string; title: string }[] = [
  { value: "raw", label: "Raw", title: "The columns as you know them" },
  { value: "engineered", label: "Engineered", title: "The columns that the estimator sees" },
];

function CohortChips({ store }: { store: Store }) {
  const schema = store.schema.value;
  const conditions = store.cohort.value;
  if (conditions.length === 0) return <Chip tone="accent">All rows</Chip>;
  const inside = countOf(store.cohortMask.value, schema.n_sampled);
  const infoOf = (name: string) => {
    for (const level of schema.levels) {
      const info = schema.features[level].find((feature) => feature.name === name);
      if (info) return info;
    }
    return undefined;
  };
  const drawn = schema.n_sampled < schema.n_rows ? " drawn" : "";
  return (
    <>
      {conditions.map((condition) => {
        const text = conditionText(condition, infoOf(condition.feature));
        return (
          <Chip
            key={condition.feature}
            tone="accent"
            title={text}
            testid="iw-cohort"
            onRemove={() => store.removeCondition(condition.feature)}
            removeLabel={`Clear the condition ${text}`}
          >
            {text}
          </Chip>
        );
      })}
      <span class="iw-note iw-nowrap">
        {formatCount(inside)} of {plural(schema.n_sampled, `${drawn} row`.trim())}
      </span>
    </>
  );
}

function TruthChip({ store }: { store: Store }) {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLSpanElement>(null);
  const truth = store.truth.value;
  if (!truth) return null;
  const additive = isAdditive(truth);
  const fidelity = truth.fidelity;
  const inCohort = store.cohort.value.length > 0 ? imitationOf(store, store.cohortMask.value) : null;
  const tone = !additive || fidelity?.is_low ? "warn" : truth.exact ? "ok" : "neutral";
  const facts: [string, string][] = [
    ["Values", truth.method === "given" ? "given, not computed here" : truth.exact ? "exact" : "estimated"],
    ["Method", methodName(truth)],
    ["Residual", truth.residual === null ? "unknown: there are no predictions" : formatTiny(truth.residual)],
    ["Background", truth.background || "none"],
    ["Units", store.schema.value.unit],
  ];
  if (fidelity) {
    facts.push(["Surrogate", fidelity.surrogate]);
    facts.push(["Fidelity", measuredText(fidelity)]);
    if (inCohort) facts.push(["In this cohort", fidelityText(inCohort, plural(inCohort.n, "row"))]);
  }
  if (truth.seconds !== null) facts.push(["Took", formatSeconds(truth.seconds)]);
  return (
    <span class="iw-anchor" ref={anchor}>
      <Chip
        tone={tone}
        testid="iw-truth"
        title="How true these numbers are"
        expanded={open}
        onClick={() => setOpen(!open)}
      >
        {truthLine(truth)}
        {truth.notes.length > 0 ? ` · ${plural(truth.notes.length, "note")}` : null}
      </Chip>
      {open ? (
        <Popover label="How true these numbers are" anchor={anchor} onClose={() => setOpen(false)}>
          <h3>How true these numbers are</h3>
          <p>{truth.reason}</p>
          <dl class="iw-facts">
            {facts.map(([term, text]) => (
              <>
                <dt key={`${term}-term`}>{term}</dt>
                <dd key={term}>{text}</dd>
              </>
            ))}
          </dl>
          {truth.residual !== null ? (
            <p class="iw-note">
              Residual: largest |base + sum of contributions − prediction| over all rows.
              {additive ? "" : " It is large: the contributions do not add up to the prediction."}
            </p>
          ) : null}
          {truth.notes.length > 0 ? (
            <ul class="iw-notes">
              {truth.notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          ) : null}
        </Popover>
      ) : null}
    </span>
  );
}

export function Header({ store }: { store: Store }) {
  const [menu, setMenu] = useState(false);
  const anchor = useRef<HTMLSpanElement>(null);
  const schema = store.schema.value;
  const outputs = schema.output_names;
  return (
    <header class="iw-head">
      <div class="iw-scope">
        <h2 class="iw-title" title={schema.title}>
          {schema.title}
        </h2>
        <span class="iw-sub">
          {plural(schema.n_rows, "row")} · {plural(store.features().length, "feature")}
        </span>
        <CohortChips store={store} />
      </div>
      <div class="iw-tools">
        {schema.levels.length > 1 ? (
          <Segmented
            label="Level of features"
            value={store.level.value}
            options={LEVELS}
            onChange={store.setLevel}
          />
        ) : null}
        {outputs.length > 1 ? (
          <Select
            label="Output"
            prefix={schema.task === "regression" ? "Target" : "Output"}
            testid="iw-output"
            value={String(store.outputIndex.value)}
            options={outputs.map((name, index) => ({ value: String(index), label: name }))}
            onChange={(value) => store.setOutput(Number(value))}
          />
        ) : null}
        <EstimateChip store={store} />
        <TruthChip store={store} />
        <span class="iw-anchor" ref={anchor}>
          <Button
            icon="dots"
            label="Export"
            expanded={menu}
            testid="iw-menu"
            onClick={() => setMenu(!menu)}
          />
          {menu ? (
            <Popover label="Export" anchor={anchor} onClose={() => setMenu(false)}>
              <ExportMenu store={store} onDone={() => setMenu(false)} />
            </Popover>
          ) : null}
        </span>
      </div>
    </header>
  );
}
