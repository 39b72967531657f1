/** What changed on the way to this explanation: from training to live data, or from one model to the next. */
import { useState } from "preact/hooks";
import type { Changes, FeatureChange, OutputChanges, RowChanges } from "../protocol";
import type { Store } from "../store";
import { Empty } from "../ui/controls";
import { formatCount, formatNumber, formatPercent, formatSigned, plural } from "../ui/format";

const SHOWN = 15;
const ROWS_SHOWN = 12;

export function ChangesPanel({ store }: { store: Store }) {
  const changes = store.schema.value.changes;
  if (!changes) return null;
  const output = changes.outputs.find((each) => each.output === store.outputIndex.value);
  return (
    <div class="iw-beside iw-changes" data-testid="iw-changes">
      <section class="iw-pane" aria-label="Features that changed">
        {output ? (
          <Features key={output.output} store={store} changes={changes} output={output} />
        ) : (
          <Empty icon="info">The comparison does not cover this output.</Empty>
        )}
      </section>
      <section class="iw-pane" aria-label="What changed, in words">
        <div class="iw-hd">
          <h3>
            From {changes.names[0]} to {changes.names[1]}
          </h3>
        </div>
        <ul class="iw-findings">
          {changes.words.map((each) => (
            <li key={each} data-testid="iw-finding">
              {each}
            </li>
          ))}
        </ul>
        {output ? <Numbers store={store} changes={changes} output={output} /> : null}
        {changes.rows ? <Rows store={store} changes={changes} rows={changes.rows} /> : null}
      </section>
    </div>
  );
}

function Features({ store, changes, output }: { store: Store; changes: Changes; output: OutputChanges }) {
  const [all, setAll] = useState(false);
  const lines = all ? output.features : output.features.slice(0, SHOWN);
  const longest = Math.max(
    1e-12,
    ...output.features.map((each) => Math.max(each.before ?? 0, each.after ?? 0)),
  );
  const left = output.n_features - output.features.length;
  return (
    <>
      <div class="iw-hd">
        <h3>Share of importance</h3>
        <span class="iw-changes-key" aria-hidden="true">
          <i class="iw-then" /> {changes.names[0]} <i class="iw-now" /> {changes.names[1]}
        </span>
      </div>
      <table class="iw-changes-table">
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col">
              <span class="iw-visually-hidden">Shares of importance</span>
            </th>
            <th
              scope="col"
              class="iw-num"
              title={`Share of importance: ${changes.names[0]} → ${changes.names[1]}`}
            >
              Share
            </th>
            <th scope="col" class="iw-num">
              Rank
            </th>
            <th
              scope="col"
              class="iw-num"
              title="How far the contributions lie apart, as a share of all importance before"
            >
              Moved
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((each) => (
            <Feature key={each.name} store={store} each={each} longest={longest} />
          ))}
        </tbody>
      </table>
      {!all && output.features.length > SHOWN ? (
        <button type="button" class="iw-button" data-testid="iw-changes-more" onClick={() => setAll(true)}>
          Show {plural(output.features.length - SHOWN, "more feature", "more features")}
        </button>
      ) : left > 0 ? (
        <p class="iw-note">And {formatCount(left)} more that moved less; comparison.to_frame() has all.</p>
      ) : null}
    </>
  );
}

function Feature({ store, each, longest }: { store: Store; each: FeatureChange; longest: number }) {
  const before = each.before ?? 0;
  const after = each.after ?? 0;
  const at = (share: number) => `${(100 * share) / longest}%`;
  const open = () => {
    store.setFeature(each.name);
    store.setView("overview");
  };
  return (
    <tr
      data-testid="iw-change"
      data-feature={each.name}
      data-before={before}
      data-after={after}
      data-drifted={each.drifted}
    >
      <th scope="row">
        <button type="button" class="iw-link" title={`${each.name}: see how it acts`} onClick={open}>
          {each.name}
        </button>
        {each.drifted ? (
          <span class="iw-drifted" title={each.p === null ? undefined : `p ${pText(each.p)}`}>
            drifted
          </span>
        ) : null}
        {each.remarks ? <small>{each.remarks}</small> : null}
      </th>
      <td>
        <span class="iw-dumbbell" aria-hidden="true">
          <span
            class="iw-dumbbell-line"
            style={{ left: at(Math.min(before, after)), width: at(Math.abs(after - before)) }}
          />
          <span class="iw-then" style={{ left: at(before) }} />
          <span class="iw-now" style={{ left: at(after) }} />
        </span>
      </td>
      <td class="iw-num">
        {formatPercent(before)} → {formatPercent(after)}
      </td>
      <td class="iw-num">
        {each.rank_before === each.rank_after ? each.rank_after : `${each.rank_before} → ${each.rank_after}`}
      </td>
      <td class="iw-num">{each.moved === null ? "–" : formatPercent(each.moved)}</td>
    </tr>
  );
}

function Numbers({ store, changes, output }: { store: Store; changes: Changes; output: OutputChanges }) {
  const mean = (value: number | null) => (value === null ? "–" : formatNumber(value));
  return (
    <dl class="iw-changes-numbers">
      <dt>Importance on other features</dt>
      <dd>{formatPercent(output.moved)}</dd>
      <dt title="Normalised discounted cumulative gain: 1 is the same order">Order agrees by</dt>
      <dd>{formatNumber(output.ndcg)}</dd>
      <dt>Mean {store.schema.value.unit}</dt>
      <dd>
        {mean(output.mean_before)} → {mean(output.mean_after)}
      </dd>
      {output.auc === null ? null : (
        <>
          <dt title="A classifier that sees contributions alone; 0.5 is guessing">
            Told apart by explanations
          </dt>
          <dd>
            AUC {formatNumber(output.auc)} (p {pText(output.auc_p ?? 1)})
          </dd>
        </>
      )}
      <dt>Rows</dt>
      <dd>
        {changes.rows
          ? `${formatCount(changes.rows.n)}, twice`
          : `${formatCount(changes.n_rows[0])} → ${formatCount(changes.n_rows[1])}`}
      </dd>
    </dl>
  );
}

function Rows({ store, changes, rows }: { store: Store; changes: Changes; rows: RowChanges }) {
  const lines = (rows.flipped === null ? rows.lines : rows.lines.filter((line) => line.flipped)).slice(
    0,
    ROWS_SHOWN,
  );
  const open = (row: number) => {
    store.setRow(row);
    store.setView("row");
  };
  const of = rows.flipped ?? rows.n;
  return (
    <>
      <h4>{rows.flipped === null ? "Rows that changed most" : "Rows with another class"}</h4>
      {lines.length === 0 ? (
        <p class="iw-note">None.</p>
      ) : (
        <ul class="iw-changed-rows" aria-label={`From ${changes.names[0]} to ${changes.names[1]}`}>
          {lines.map((line) => (
            <li key={line.row}>
              <button
                type="button"
                data-testid="iw-changed-row"
                data-row={line.row}
                title={`${line.label}: mostly through ${line.feature}`}
                onClick={() => open(line.row)}
              >
                <b>{line.label}</b>
                <span>
                  {text(line.before)} → {text(line.after)}
                </span>
                <span class="iw-num">{line.change === null ? "" : formatSigned(line.change)}</span>
                <small>{line.feature}</small>
              </button>
            </li>
          ))}
        </ul>
      )}
      {of > lines.length && lines.length > 0 ? (
        <p class="iw-note">And {formatCount(of - lines.length)} more; comparison.to_frame("rows") has all.</p>
      ) : null}
    </>
  );
}

function text(value: string | number | null): string {
  if (value === null) return "–";
  return typeof value === "number" ? formatNumber(value) : value;
}

function pText(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}
