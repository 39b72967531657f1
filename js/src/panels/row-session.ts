/** What the panes of the row panel share. */
import type { Store } from "../store";
import { createRowState, type RowState } from "./row-state";
import { createWhatIf, type WhatIf } from "./what-if-state";

export interface RowSession {
  readonly row: RowState;
  readonly whatIf: WhatIf;
}

const sessions = new WeakMap<Store, RowSession>();

/** One session per dashboard: its views agree, and leaving the tab forgets nothing. */
export function rowSessionOf(store: Store): RowSession {
  const known = sessions.get(store);
  if (known) return known;
  const row = createRowState(store);
  const session = { row, whatIf: createWhatIf(store, row) };
  sessions.set(store, session);
  return session;
}
