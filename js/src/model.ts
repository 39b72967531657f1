/**
 * The part of an anywidget model that we use. anywidget hands a fresh proxy to `initialize` and to every
 * `render`, so a proxy's identity says nothing about which model it is; see `store.ts`.
 */
import type { Traits } from "./protocol";

// biome-ignore lint/suspicious/noExplicitAny: callbacks of the host have no common type
export type Callback = (...args: any[]) => void;

export interface Model {
  get<K extends keyof Traits>(name: K): Traits[K];
  set<K extends keyof Traits>(name: K, value: Traits[K]): void;
  save_changes(): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[] | ArrayBufferView[]): void;
  on(event: string, callback: Callback): void;
  off(event: string, callback?: Callback | null): void;
  /** ipywidgets' manager, where there is one. Used only to ask for the kernel's state, and guarded. */
  widget_manager?: unknown;
}

export type KernelState = "idle" | "busy" | "gone" | "unknown";

/** What JupyterLab says of the kernel; "unknown" in any other host. */
export function kernelState(model: Model): KernelState {
  const manager = model.widget_manager as { kernel?: { status?: string; connectionStatus?: string } | null };
  const kernel = manager?.kernel;
  if (!kernel || typeof kernel.status !== "string") return "unknown";
  if (kernel.connectionStatus !== undefined && kernel.connectionStatus !== "connected") return "gone";
  if (kernel.status === "idle") return "idle";
  if (kernel.status === "busy") return "busy";
  if (["dead", "terminating", "restarting", "autorestarting"].includes(kernel.status)) return "gone";
  return "unknown";
}
