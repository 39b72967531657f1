/** Kept scenarios side by side: what was changed and where it led. */
import { useState } from "preact/hooks";
import type { Scenario } from "../protocol";
import type { Store } from "../store";
import { Icon } from "../ui/icon";
import type { RowSession } from "./row-session";
import { editText } from "./row-values";
import { displayText } from "./rows-query";
import { sameEdits } from "./what-if-history";

export function Scenarios({ store, session }: { store: Store; session: RowSession }) {
  const list = store.scenarios.value;
  const [renaming, setRenaming] = useState<number | null>(null);
  if (list.length === 0) return null;
  const output = store.outputIndex.value;
  const probability = store.probabilities() !== null;
  const predictions = list.map((item) => item.prediction[output] ?? Number.NaN);
  const low = probability ? 0 : Math.min(...predictions);
  const span = probability ? 1 : Math.max(...predictions) - low || 1;
  return (
    <section class="iw-scenarios" aria-label="Kept scenarios">
      <h3>Kept scenarios</h3>
      <ul>
        {list.map((item, at) => {
          const prediction = predictions[at] as number;
          const current = item.row === store.row.value && sameEdits(item.edits, session.whatIf.edits.value);
          const changes = editsText(store, session, item);
          return (
            <li
              // two scenarios may share a name; the place is the identity
              key={at}
              class={current ? "iw-scenario iw-scenario-on" : "iw-scenario"}
              data-testid="iw-scenario"
              data-name={item.name}
              data-prediction={prediction}
            >
              {renaming === at ? (
                <input
                  class="iw-value iw-scenario-name"
                  aria-label="Name of the scenario"
                  value={item.name}
                  ref={(element) => element?.focus()}
                  onBlur={(event) => {
                    session.whatIf.rename(at, event.currentTarget.value);
                    setRenaming(null);
                  }}
                  onKeyDown={(event) => {
                    if (event.key === "Enter") event.currentTarget.blur();
                    if (event.key === "Escape") {
                      event.stopPropagation();
                      setRenaming(null);
                    }
                  }}
                />
              ) : (
                <button
                  type="button"
                  class="iw-scenario-apply"
                  aria-pressed={current}
                  title={`Apply ${item.name}: ${changes}`}
                  onClick={() => session.whatIf.apply(item.edits, item.row)}
                  onDblClick={() => setRenaming(at)}
                >
                  <b class="iw-ellipsis">{item.name}</b>
                  <span class="iw-ellipsis iw-note">
                    {rowLabel(store, item.row)} · {changes}
                  </span>
                </button>
              )}
              <span class="iw-scenario-value">
                <i class="iw-rows-bar" aria-hidden="true">
                  <i
                    style={{ width: `${Math.max(0, Math.min(1, (prediction - low) / span || 0)) * 100}%` }}
                  />
                </i>
                {displayText(prediction, probability)}
              </span>
              <button
                type="button"
                class="iw-icon-button"
                aria-label={`Rename ${item.name}`}
                title="Rename"
                onClick={() => setRenaming(at)}
              >
                <PencilIcon />
              </button>
              <button
                type="button"
                class="iw-icon-button"
                aria-label={`Delete ${item.name}`}
                title="Delete"
                onClick={() => session.whatIf.remove(at)}
              >
                <Icon name="close" size={10} />
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function rowLabel(store: Store, row: number): string {
  const at = store.localOf(row);
  return at >= 0 ? (store.schema.value.row_labels[at] ?? String(row)) : String(row);
}

function editsText(store: Store, session: RowSession, scenario: Scenario): string {
  const level = session.row.editLevel.value;
  return Object.entries(scenario.edits)
    .map(([name, value]) => {
      const info = store.features(level)[store.featureIndex(name, level)];
      return `${name} = ${info ? editText(info, value) : String(value)}`;
    })
    .join(", ");
}

function PencilIcon() {
  return (
    <svg class="iw-icon" width={11} height={11} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d="M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2z"
        fill="none"
        stroke="currentColor"
        stroke-width={1.5}
        stroke-linejoin="round"
      />
    </svg>
  );
}
