/** ICE and PDP of the feature in focus, asked for when everything else is answered. */
import { signal } from "@preact/signals";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { Ice } from "../charts/ice";
import type { PartialDependence } from "../protocol";
import { RpcError } from "../rpc";
import type { Store } from "../store";
import { ShownContext } from "../ui/context";
import { useLate } from "../ui/use-late";
import { shownValue } from "./row-explained";
import type { RowSession } from "./row-session";
import { editPosition, valueText } from "./row-values";
import { Spinner } from "./row-why";
import { displayText } from "./rows-query";

const AFTER_MS = 120;

export function WhatIfIce({ store, session }: { store: Store; session: RowSession }) {
  const [curve] = useState(() => signal<{ key: string; reply: PartialDependence } | null>(null));
  const [problem] = useState(() => signal<{ key: string; text: string } | null>(null));
  const level = session.row.editLevel.value;
  const feature = useEditedFocus(store, session);
  const answer = session.whatIf.answer.value;
  const edits = answer?.edits ?? {};
  const row = store.row.value;
  const output = store.outputIndex.value;
  const outputName = store.schema.value.output_names[output] ?? "";
  const isShown = useContext(ShownContext);
  const able = store.canAsk.value;
  const asks = able && isShown;
  const key = JSON.stringify([store.epoch.value, feature, row, edits, outputName]);
  const latest = useRef(key);
  latest.current = key;
  const [attempt, setAttempt] = useState(0);
  const waiting = asks && curve.value?.key !== key && problem.value?.key !== key;
  const late = useLate(waiting);

  useEffect(() => {
    if (!asks || feature === null || curve.peek()?.key === key) return;
    const timer = setTimeout(() => {
      store.rpc
        .request("partial_dependence", { feature, row, edits, output: outputName }, { slot: "pdp" })
        .then(
          (reply) => {
            curve.value = { key, reply };
            problem.value = null;
          },
          (error: unknown) => {
            if (error instanceof RpcError && error.superseded) {
              // By another page of the same kernel, where this one still waits: ask again.
              if (error.code === "superseded" && latest.current === key) setAttempt((count) => count + 1);
              return;
            }
            problem.value = { key, text: error instanceof Error ? error.message : String(error) };
          },
        );
    }, AFTER_MS);
    return () => clearTimeout(timer);
    // the key holds them all
  }, [asks, key, store, attempt]);

  const own = session.row.own.value;
  const at = feature === null ? -1 : store.featureIndex(feature, level);
  const info = store.features(level)[at];
  if (!able || !info || !own || own.row !== row) return null;
  const shown = curve.value?.reply.feature === feature ? curve.value.reply : null;
  const probability = own.probability !== null;
  const edited = Object.hasOwn(edits, info.name);
  const position = edited ? editPosition(info, edits[info.name] ?? null) : (own.x[at] as number);
  const before = shownValue(own, output);
  const failed = problem.value?.key === key ? problem.value.text : null;
  return (
    <div class="iw-ice-box">
      <div class="iw-hd iw-ice-hd">
        <h3 class="iw-ellipsis" title={info.name}>
          {info.name}
        </h3>
        <span class="iw-note">
          this row <i class="iw-dash" /> · all rows <i class="iw-dash iw-dash-pdp" />
        </span>
        <span class="iw-grow" />
        {late ? <Spinner label="Computing the curve" /> : null}
      </div>
      {failed !== null ? (
        <p class="iw-note">No curve: {failed}</p>
      ) : shown ? (
        <div class={curve.value?.key === key ? undefined : "iw-stale"}>
          <Ice
            curve={shown}
            info={info}
            probability={probability}
            now={{ x: position, y: answer ? shownValue(answer.explained, output) : before }}
            own={edited && Object.keys(edits).length === 1 ? { x: own.x[at] as number, y: before } : null}
            show={(value) => displayText(value, probability)}
            text={(value) => valueText(info, value)}
          />
        </div>
      ) : (
        <div class="iw-ice-wait" />
      )}
    </div>
  );
}

/** The feature in focus, as a column that can be edited. */
function useEditedFocus(store: Store, session: RowSession): string | null {
  const level = session.row.editLevel.value;
  const shown = store.level.value;
  const info = store.features(shown)[store.focus.value];
  if (!info) return null;
  if (shown === level) return info.name;
  return store.features(level)[info.parents[0] ?? -1]?.name ?? null;
}
