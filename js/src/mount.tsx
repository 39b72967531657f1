import { render } from "preact";
import { App } from "./app";
import type { Store } from "./store";
import { PaletteContext } from "./ui/context";
import { watchTheme } from "./ui/theme";

/** Put one view of a store into an element. Returns the clean-up. */
export function mount(store: Store, element: HTMLElement): () => void {
  const host = document.createElement("div");
  element.append(host);
  const [palette, stopTheme] = watchTheme(element);
  render(
    <PaletteContext.Provider value={palette}>
      <App store={store} />
    </PaletteContext.Provider>,
    host,
  );
  return () => {
    stopTheme();
    render(null, host);
    host.remove();
  };
}
