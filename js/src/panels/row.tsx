/** One row: which, why, and what if. */
import { useEffect } from "preact/hooks";
import type { Store } from "../store";
import { rowSessionOf } from "./row-session";
import { RowWhy } from "./row-why";
import { RowsTable } from "./rows-table";
import { WhatIfPane } from "./what-if";

export function RowPanel({ store }: { store: Store }) {
  const session = rowSessionOf(store);
  useEffect(() => session.row.activate(), [session]);
  return (
    <div class="iw-row-panel">
      <RowsTable store={store} />
      <RowWhy store={store} session={session} />
      <WhatIfPane store={store} session={session} />
    </div>
  );
}
