/** What if this row were different: the right pane. */
import { useContext, useEffect, useMemo, useState } from "preact/hooks";
import { byMagnitude } from "../charts/waterfall-steps";
import type { Store } from "../store";
import { ShownContext } from "../ui/context";
import { Button, Chip } from "../ui/controls";
import { plural } from "../ui/format";
import { useLate } from "../ui/use-late";
import { shownValue } from "./row-explained";
import type { RowSession } from "./row-session";
import { Spinner } from "./row-why";
import { displayText } from "./rows-query";
import { Control } from "./what-if-control";
import { pythonText, sameEdits } from "./what-if-history";
import { WhatIfIce } from "./what-if-ice";
import { Scenarios } from "./what-if-scenarios";
import { AlternativesSearch } from "./what-if-search";

/** More features than this get a box to filter them by name. */
const FILTERED = 9;
/** Controls drawn at first; scrolling brings the rest. */
const BATCH = 16;

export function WhatIfPane({ store, session }: { store: Store; session: RowSession }) {
  const { whatIf } = session;
  const isShown = useContext(ShownContext);
  useEffect(() => (isShown ? whatIf.activate() : undefined), [whatIf, isShown]);
  const edits = whatIf.edits.value;
  const count = Object.keys(edits).length;
  const answer = whatIf.answer.value;
  const able = store.canAsk.value;
  const answered = answer !== null && sameEdits(answer.edits, edits) && !whatIf.pending.value;
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z") return;
    const target = event.target as HTMLElement;
    // While something unfinished stands in an input, the input's own undo is meant.
    if (target.tagName === "INPUT" && whatIf.drafts.peek().size > 0 && !event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey) whatIf.redo();
    else whatIf.undo();
  };
  return (
    <section
      class="iw-pane iw-what-if"
      aria-label="What if"
      data-testid="iw-what-if"
      data-lm-suppress-shortcuts="true"
      onKeyDown={onKeyDown}
    >
      <div class="iw-hd">
        <h3>What if</h3>
        <span class="iw-grow" />
        <Button
          icon="undo"
          label="Undo"
          title="Undo (Ctrl+Z)"
          disabled={!able || !whatIf.canUndo.value}
          onClick={() => whatIf.undo()}
          testid="iw-undo"
        />
        <Button
          icon="redo"
          label="Redo"
          title="Redo (Ctrl+Shift+Z)"
          disabled={!able || !whatIf.canRedo.value}
          onClick={() => whatIf.redo()}
          testid="iw-redo"
        />
        <Button
          disabled={!able || (count === 0 && whatIf.drafts.value.size === 0)}
          onClick={() => whatIf.reset()}
          testid="iw-reset"
        >
          Reset
        </Button>
        <Button
          disabled={!answered}
          title="Keep these edits as a named scenario"
          onClick={() => whatIf.keep()}
          testid="iw-keep"
        >
          Keep
        </Button>
      </div>
      <Prediction store={store} session={session} />
      {able ? null : <p class="iw-what-if-off">{offReason(store)}</p>}
      <General session={session} />
      <Controls store={store} session={session} />
      <WhatIfIce store={store} session={session} />
      <Search store={store} session={session} />
      <AlternativesSearch store={store} session={session} />
      <Scenarios store={store} session={session} />
      {able ? <PythonHint text={pythonText(store.scenario.value)} /> : null}
    </section>
  );
}

function offReason(store: Store): string {
  const schema = store.schema.value;
  if (!schema.has_model) return schema.model_note ?? "What-if needs the model: give it to the dashboard.";
  if (store.kernel.value === "lost") return "No kernel answers; run the cell again to ask the model.";
  return store.status.value.message ?? "A saved dashboard: questions to the model need its notebook.";
}

function Prediction({ store, session }: { store: Store; session: RowSession }) {
  const { whatIf } = session;
  const row = session.row.own.value ?? session.row.drawn.value?.row ?? null;
  const output = store.outputIndex.value;
  const answer = whatIf.answer.value;
  const pending = whatIf.pending.value;
  const late = useLate(pending);
  const count = Object.keys(whatIf.edits.value).length;
  const own = row && row.row === store.row.value ? row : null;
  const probability = own ? own.probability !== null : false;
  const before = own ? shownValue(own, output) : Number.NaN;
  const after = answer ? shownValue(answer.explained, output) : null;
  const stale = pending || (answer !== null && !sameEdits(answer.edits, whatIf.edits.value));
  const name = store.schema.value.output_names[output] ?? "";
  const up = after !== null && after > before;
  return (
    <div
      class="iw-big-line"
      data-testid="iw-prediction"
      data-old={own ? before : undefined}
      data-new={after ?? undefined}
      data-pending={pending ? "true" : "false"}
      aria-live="polite"
      title={store.schema.value.task === "regression" ? undefined : name}
    >
      <span class={after === null ? "iw-big" : "iw-big iw-big-old"}>{displayText(before, probability)}</span>
      {after !== null ? (
        <>
          <span class="iw-big-arrow" aria-hidden="true">
            →
          </span>
          <span class="iw-visually-hidden">becomes</span>
          <span
            class={`iw-big ${after === before ? "" : up ? "iw-big-up" : "iw-big-down"}${stale ? " iw-stale" : ""}`}
          >
            {displayText(after, probability)}
          </span>
        </>
      ) : null}
      <span class="iw-grow" />
      {late ? <Spinner label="Asking the model" /> : null}
      {count > 0 ? (
        <Chip tone={whatIf.failure.value ? "warn" : "neutral"} testid="iw-edits">
          {plural(count, "edit")}
          {whatIf.failure.value ? " · no answer" : answer ? ` · ${Math.round(answer.elapsed)}\u202fms` : ""}
        </Chip>
      ) : (
        <span class="iw-note iw-ellipsis">{own ? own.label : ""}</span>
      )}
    </div>
  );
}

/** A failure that belongs to no control. */
function General({ session }: { session: RowSession }) {
  const failure = session.whatIf.failure.value;
  if (!failure || failure.feature !== null) return null;
  return (
    <p class="iw-control-message iw-control-bad" role="alert" data-testid="iw-message">
      {failure.message}
      {failure.hint ? <em>{failure.hint}</em> : null}
    </p>
  );
}

function Controls({ store, session }: { store: Store; session: RowSession }) {
  const [wanted, setWanted] = useState("");
  const [limit, setLimit] = useState(BATCH);
  const level = session.row.editLevel.value;
  const features = store.features(level);
  const row = session.row.own.value;
  const output = store.outputIndex.value;
  const values = row?.values(output) ?? null;
  const ready = values !== null;
  // By the row's own contributions, which never change: edits move no control under the user's hand.
  const order = useMemo(
    () => (values ? byMagnitude(values) : features.map((_, at) => at)),
    [row?.row, row?.level, output, ready, features],
  );
  if (!row) return null;
  const able = store.canAsk.value && row.row === store.row.value;
  const text = wanted.trim().toLowerCase();
  const shown = text === "" ? order : order.filter((at) => features[at]?.name.toLowerCase().includes(text));
  const edits = session.whatIf.edits.value;
  const onScroll = (event: { currentTarget: HTMLElement }) => {
    const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
    if (limit < shown.length && scrollTop + clientHeight > scrollHeight - 200) setLimit(limit + BATCH);
  };
  const holdable = store.schema.value.output_names.length > 1 || store.schema.value.task === "regression";
  const focusName = store.features(store.level.value)[store.focus.value]?.name ?? null;
  return (
    <>
      {features.length > FILTERED ? (
        <input
          type="search"
          class="iw-filter"
          placeholder={`Filter ${features.length} features…`}
          aria-label="Filter features"
          data-testid="iw-filter"
          spellcheck={false}
          autocomplete="off"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      ) : null}
      <div class="iw-controls" data-disabled={able ? undefined : "true"} onScroll={onScroll}>
        {shown.map((at, rank) => {
          const info = features[at];
          if (!info || (rank >= limit && !Object.hasOwn(edits, info.name))) return null;
          return (
            <Control
              key={info.name}
              info={info}
              own={row.x[at] as number}
              ownText={row.text[at] ?? ""}
              whatIf={session.whatIf}
              holdable={holdable}
              focused={info.name === focusName}
              disabled={!able}
              onFocus={() => {
                if (store.level.peek() === level && info.name !== focusName) store.setFeature(info.name);
              }}
            />
          );
        })}
        {shown.length === 0 ? <p class="iw-note">No feature is called that.</p> : null}
      </div>
    </>
  );
}

function Search({ store, session }: { store: Store; session: RowSession }) {
  const { busy, text, failed } = session.whatIf.search.value;
  const late = useLate(busy);
  if (store.schema.value.task === "regression") return null;
  return (
    <div class="iw-nearest">
      <Button
        disabled={!store.canAsk.value || busy}
        title="The smallest change, taken from the data’s nearest row, that leads to another outcome"
        onClick={() => session.whatIf.nearestOther()}
        testid="iw-counterfactual"
      >
        Nearest other outcome…
      </Button>
      {late ? <Spinner label="Searching" /> : null}
      {text !== null ? <span class={failed ? "iw-note iw-warn" : "iw-note"}>{text}</span> : null}
    </div>
  );
}

function PythonHint({ text }: { text: string }) {
  return (
    <p class="iw-note iw-python">
      Python: <code class="iw-mono">dashboard.scenario</code> → <code class="iw-mono">{text}</code>
    </p>
  );
}
