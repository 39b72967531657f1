import type { ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Palette } from "./theme";

export const PaletteContext = createContext<ReadonlySignal<Palette> | null>(null);

/** Whether the panel around is the one in view; a hidden one asks nobody anything. */
export const ShownContext = createContext(true);

/** Colours of the theme shown; the caller draws again when they change. */
export function usePalette(): Palette {
  const palette = useContext(PaletteContext);
  if (!palette) throw new Error("the dashboard has no palette");
  return palette.value;
}
