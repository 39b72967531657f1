import { useSignal } from "@preact/signals";
import type { Store } from "../store";
import { HowItActs } from "./how-it-acts";
import { WhatMatters } from "./what-matters";

/** The two halves share the row under the pointer: a point seen in one is ringed in the other. */
export function OverviewPanel({ store }: { store: Store }) {
  const hovered = useSignal(-1);
  return (
    <div class="iw-overview">
      <WhatMatters store={store} hovered={hovered} />
      <HowItActs store={store} hovered={hovered} />
    </div>
  );
}
