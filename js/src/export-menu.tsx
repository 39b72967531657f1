import { useState } from "preact/hooks";
import { importancesCsv, pythonState } from "./export";
import type { Store } from "./store";
import { Icon, type IconName } from "./ui/icon";

async function copy(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http hosts have no clipboard API.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "iw-visually-hidden";
    near.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function download(name: string, text: string, near: HTMLElement) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  near.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function ExportMenu({ store, onDone }: { store: Store; onDone: () => void }) {
  const [said, setSaid] = useState<string | null>(null);
  const item = (icon: IconName, label: string, action: (near: HTMLElement) => void) => (
    <button
      type="button"
      role="menuitem"
      onClick={(event) => action(event.currentTarget.parentElement as HTMLElement)}
    >
      <Icon name={icon} />
      {label}
    </button>
  );
  const copied = async (text: string, near: HTMLElement) => {
    setSaid((await copy(text, near)) ? "Copied." : "The browser refused to copy.");
  };
  return (
    <div class="iw-menu" role="menu" aria-label="Export">
      {item("download", "Importances as CSV", (near) => {
        download("importances.csv", importancesCsv(store), near);
        onDone();
      })}
      {item("copy", "Copy this view as Python", (near) => void copied(pythonState(store), near))}
      {store.kernel.value === "static"
        ? null
        : item("copy", "Copy: save as one HTML file", (near) => {
            void copied('dashboard.save_html("dashboard.html")', near);
          })}
      <div class="iw-note" role="status">
        {said ?? "Names in Python: dashboard.row, .feature, .cohort, …"}
      </div>
    </div>
  );
}
