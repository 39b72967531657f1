/** How far estimates are that get better while they are looked at, and a way to stop them. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { readEstimate } from "./estimate";
import type { Estimate } from "./protocol";
import type { RpcError } from "./rpc";
import type { Store } from "./store";
import { formatPercent } from "./ui/format";

const kept = new WeakMap<Store, ReadonlySignal<Estimate | null>>();

function estimateOf(store: Store): ReadonlySignal<Estimate | null> {
  const known = kept.get(store);
  if (known) return known;
  const made = signal(readEstimate(store.model));
  store.model.on("change:_estimate", () => {
    made.value = readEstimate(store.model);
  });
  kept.set(store, made);
  return made;
}

/** Said once at the beginning and once at the end; in between only shown. */
const SAID: Record<Estimate["state"], string> = {
  running: "The values are rough and get better",
  finished: "The values are as good as the limits allow",
  stopped: "Stopped; the values stay as they are",
  failed: "The model failed; the values stay as they are",
};

export function EstimateChip({ store }: { store: Store }) {
  const estimate = estimateOf(store).value;
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  if (!estimate) return null;
  const going = problem === null ? "estimating" : "not stopped";
  const running = estimate.state === "running" && store.kernel.value !== "static";
  const error = estimate.error === null ? "" : `± ${formatPercent(estimate.error)}`;
  return (
    <span
      class="iw-estimate"
      data-testid="iw-estimate"
      data-state={estimate.state}
      data-error={estimate.error ?? ""}
      title={
        estimate.message ??
        problem ??
        `A standard error is ${error} of a contribution. ${SAID[estimate.state]}.`
      }
    >
      <span class="iw-estimate-text" aria-hidden="true">
        {running ? going : estimate.state === "finished" ? "estimated" : estimate.state} {error}
      </span>
      <span class="iw-estimate-track" aria-hidden="true">
        <span style={{ width: `${100 * estimate.share}%` }} />
      </span>
      <span class="iw-visually-hidden" role="status">
        {problem ?? SAID[estimate.state]}
      </span>
      <button
        type="button"
        class="iw-estimate-stop"
        data-testid="iw-estimate-stop"
        disabled={!running || asked}
        onClick={() => {
          setAsked(true);
          store.rpc.request("estimate_stop", {}).then(
            () => setProblem(null),
            (error: RpcError) => {
              setAsked(false);
              setProblem(`The estimating goes on: ${error.message}`);
            },
          );
        }}
      >
        Stop
      </button>
    </span>
  );
}
