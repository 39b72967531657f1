import { useState } from "preact/hooks";

/** An id that no other widget of the page has: each brings its own copy of this module and of Preact's counter. */
export function useUniqueId(prefix: string): string {
  const [id] = useState(() => `${prefix}-${Math.random().toString(36).slice(2, 10)}`);
  return id;
}
