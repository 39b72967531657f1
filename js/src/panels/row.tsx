/** One row: which, why, and what if. */
import { useContext, useEffect } from "preact/hooks";
import type { Store } from "../store";
import { ShownContext } from "../ui/context";
import { rowSessionOf } from "./row-session";
import { RowWhy } from "./row-why";
import { RowsTable } from "./rows-table";
import { WhatIfPane } from "./what-if";

export function RowPanel({ store }: { store: Store }) {
  const session = rowSessionOf(store);
  const isShown = useContext(ShownContext);
  useEffect(() => (isShown ? session.row.activate() : undefined), [session, isShown]);
  return (
    <div class="iw-row-panel">
      <RowsTable store={store} />
      <RowWhy store={store} session={session} />
      <WhatIfPane store={store} session={session} />
    </div>
  );
}
