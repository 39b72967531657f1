/** Alternatives: few edits that lead to another outcome, several ways, each applied with one click. */
import type { Alternative } from "../protocol";
import type { Store } from "../store";
import { Button, Chip, Select } from "../ui/controls";
import { plural } from "../ui/format";
import type { RowSession } from "./row-session";
import { numberText } from "./row-values";
import { displayText } from "./rows-query";
import { sameEdits } from "./what-if-history";

const ANY = "";

export function AlternativesSearch({ store, session }: { store: Store; session: RowSession }) {
  const search = session.whatIf.alternatives;
  const { task, output_names: names } = store.schema.value;
  if (names.length < 2 ? task !== "regression" : task === "regression") return null;
  const able = store.canAsk.value;
  const busy = search.busy.value;
  const held = search.held.value.size;
  const found = search.found.value;
  const failure = search.failure.value;
  const most = search.most.value;
  const done = Math.round(search.progress.value * 100);
  return (
    <section class="iw-alternatives" aria-label="Alternatives" data-testid="iw-alternatives">
      <div class="iw-nearest">
        {busy ? (
          <Button onClick={() => search.cancel()} testid="iw-alternatives-cancel">
            Cancel
          </Button>
        ) : (
          <Button
            disabled={!able}
            title="The fewest, smallest and most plausible changes that lead to another outcome"
            onClick={() => search.start()}
            testid="iw-alternatives-find"
          >
            Find alternatives
          </Button>
        )}
        {task === "regression" ? (
          <Select
            label="Direction of the prediction"
            value={search.desired.value === "down" ? "down" : "up"}
            options={[
              { value: "up", label: "higher" },
              { value: "down", label: "lower" },
            ]}
            disabled={!able || busy}
            onChange={(value) => search.setDesired(value)}
          />
        ) : names.length > 2 ? (
          <Select
            label="Outcome to reach"
            prefix="to"
            value={names.includes(search.desired.value ?? ANY) ? (search.desired.value ?? ANY) : ANY}
            options={[
              { value: ANY, label: "any other" },
              ...names.map((name) => ({ value: name, label: name })),
            ]}
            disabled={!able || busy}
            onChange={(value) => search.setDesired(value === ANY ? null : value)}
            testid="iw-alternatives-desired"
          />
        ) : null}
        <Select
          label="Most changes"
          prefix="changes"
          value={most === null ? ANY : String(most)}
          options={[
            { value: ANY, label: "any" },
            ...[1, 2, 3, 4, 5].map((count) => ({ value: String(count), label: `up to ${count}` })),
          ]}
          disabled={!able || busy}
          onChange={(value) => search.setMost(value === ANY ? null : Number(value))}
          testid="iw-alternatives-most"
        />
        {held > 0 ? (
          <Chip
            title={[...search.held.value].join(", ")}
            onRemove={() => search.releaseAll()}
            removeLabel="Hold none"
            testid="iw-held"
          >
            {plural(held, "feature")} held
          </Chip>
        ) : null}
        {busy ? (
          <span
            class="iw-alternatives-bar"
            role="progressbar"
            aria-label="Searching for alternatives"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={done}
          >
            <i style={{ width: `${done}%` }} />
          </span>
        ) : null}
      </div>
      <div aria-live="polite">
        {failure !== null ? (
          <p class="iw-note iw-warn" data-testid="iw-alternatives-failure">
            {failure}
          </p>
        ) : null}
        {found ? (
          <>
            <ul>
              {found.items.map((item) => (
                <Choice key={JSON.stringify(item.edits)} item={item} store={store} session={session} />
              ))}
            </ul>
            {found.notes.map((note) => (
              <p key={note} class="iw-note">
                {note}
              </p>
            ))}
          </>
        ) : null}
      </div>
    </section>
  );
}

function Choice({ item, store, session }: { item: Alternative; store: Store; session: RowSession }) {
  const output = store.outputIndex.value;
  const value = (item.probability ?? item.prediction)[output] ?? Number.NaN;
  const current = sameEdits(item.edits, session.whatIf.edits.value);
  const name = item.outcome ?? store.schema.value.output_names[output] ?? "";
  return (
    <li
      class={current ? "iw-scenario iw-scenario-on" : "iw-scenario"}
      data-testid="iw-alternative"
      data-prediction={value}
      data-features={Object.keys(item.edits).join("|")}
    >
      <button
        type="button"
        class="iw-scenario-apply"
        aria-pressed={current}
        title={`Apply: ${name}`}
        onClick={() => session.whatIf.apply(item.edits)}
      >
        <span class="iw-alternative-changes">
          {Object.entries(item.texts).map(([feature, texts]) => {
            const [from, to] = texts.map((text) => displayed(store, session, feature, text));
            return (
              <span key={feature}>
                <bdi>{feature}</bdi> <bdi class="iw-note">{from}</bdi> → <bdi>{to}</bdi>
              </span>
            );
          })}
        </span>
      </button>
      <span class="iw-scenario-value" title={store.schema.value.output_names[output] ?? ""}>
        {displayText(value, item.probability !== null)}
      </span>
    </li>
  );
}

/** Numbers as everywhere else in the dashboard, with their thousands apart; all other texts as they come. */
function displayed(store: Store, session: RowSession, feature: string, text: string): string {
  const level = session.row.editLevel.value;
  const info = store.features(level)[store.featureIndex(feature, level)];
  const isNumber = info?.kind === "numeric" || info?.kind === "integer";
  const value = Number(text);
  return isNumber && text.trim() !== "" && Number.isFinite(value) ? numberText(value, 15) : text;
}
