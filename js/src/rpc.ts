/**
 * Questions to Python over the model's custom messages.
 *
 * One request in flight per slot; while it runs, only the newest later one waits. A request that another one
 * replaces rejects with code "superseded", so that a caller can tell it from a failure. Replies are matched by
 * id and dropped when the epoch has moved on. The pending map lives with the model, not with a view.
 */
import { attachBuffers } from "./codec";
import { type KernelState, kernelState, type Model } from "./model";
import type { ErrorInfo, Method, Methods, Progress, Request, Response } from "./protocol";

export class RpcError extends Error {
  readonly code: string;
  readonly hint: string | null;
  readonly feature: string | null;
  constructor(info: ErrorInfo) {
    super(info.message);
    this.name = "RpcError";
    this.code = info.code;
    this.hint = info.hint;
    this.feature = info.feature;
  }
  /** True when nothing went wrong: a newer question took its place. */
  get superseded(): boolean {
    return this.code === "superseded" || this.code === "cancelled" || this.code === "stale";
  }
}

export interface RequestOptions {
  /** Default: the method's name. */
  slot?: string;
  /** Milliseconds; default 30,000. */
  timeout?: number;
  onProgress?: (progress: Progress) => void;
}

export type Contact = "live" | "busy" | "lost" | "static";

export interface Rpc {
  request<M extends Method>(
    method: M,
    params: Methods[M]["params"],
    options?: RequestOptions,
  ): Promise<Methods[M]["result"]>;
  /** Cancel what runs and what waits in a slot. */
  cancel(slot: string): void;
  /** Ask whether a kernel answers; the outcome goes to `onContact`. */
  ping(): void;
  onContact(listener: (contact: Contact) => void): () => void;
  dispose(): void;
}

interface Pending {
  request: Request;
  sentAt: number;
  cancelled: boolean;
  timer: ReturnType<typeof setTimeout>;
  /** Asks whether anybody is there when the answer is late. */
  doubt: ReturnType<typeof setTimeout>;
  resolve: (result: unknown) => void;
  reject: (error: RpcError) => void;
  onProgress?: (progress: Progress) => void;
}

type Waiting = { send: () => void; reject: (error: RpcError) => void };

const DEFAULT_TIMEOUT = 30_000;
/** A running question older than this is cancelled when a newer one waits; younger ones are about to end. */
const PATIENCE = 300;
const HELLO_TIMEOUT = 2_500;
/** An answer that takes longer may come from a model at work, or from nobody. */
const DOUBT_AFTER = 1_000;
/** A kernel of unknown state that does not answer for this long counts as lost, not busy. */
const LOST_AFTER = 12_000;

/** About a run, not about the explanation shown: answers hold whichever is shown when they come. */
const LASTING: ReadonlySet<Method> = new Set([
  "estimate_stop",
  "training_stop",
  "training_pause",
  "training_row",
  "training_compare",
]);

const failure = (code: string, message: string, hint: string | null = null) =>
  new RpcError({ code, message, hint, feature: null });

export function createRpc(model: Model, state: () => KernelState = () => kernelState(model)): Rpc {
  const pending = new Map<string, Pending>();
  const running = new Map<string, string>();
  const waiting = new Map<string, Waiting>();
  const listeners = new Set<(contact: Contact) => void>();
  const prefix = Math.random().toString(36).slice(2, 8);
  let counter = 0;
  let contact: Contact = model.get("_status")?.mode === "static" ? "static" : "live";
  let silentSince: number | null = null;
  let hello: { id: string; timer: ReturnType<typeof setTimeout> } | null = null;

  const tell = (next: Contact) => {
    if (next === contact) return;
    contact = next;
    for (const listener of listeners) listener(next);
  };

  const answered = () => {
    silentSince = null;
    if (contact !== "static") tell("live");
  };

  const release = (slot: string, id: string) => {
    if (running.get(slot) !== id) return;
    running.delete(slot);
    const next = waiting.get(slot);
    waiting.delete(slot);
    next?.send();
  };

  const settle = (id: string): Pending | undefined => {
    const entry = pending.get(id);
    if (!entry) return undefined;
    pending.delete(id);
    clearTimeout(entry.timer);
    clearTimeout(entry.doubt);
    return entry;
  };

  const post = (content: unknown): boolean => {
    try {
      model.send(content);
      return true;
    } catch {
      return false;
    }
  };

  const onMessage = (content: Response | Progress, buffers: (DataView | ArrayBuffer)[] = []) => {
    if (typeof content !== "object" || content === null) return;
    if (content.kind === "progress") {
      pending.get(content.id)?.onProgress?.(content);
      return;
    }
    if (content.kind !== "response") return;
    if (hello && content.id === hello.id) {
      clearTimeout(hello.timer);
      hello = null;
    }
    // A reply to our own question, even a late one, proves that a kernel lives.
    if (content.id.startsWith(prefix)) answered();
    const entry = settle(content.id);
    if (!entry) return;
    if (!content.ok) entry.reject(new RpcError(content.error));
    else if (entry.request.epoch !== model.get("_epoch") && !LASTING.has(entry.request.method)) {
      entry.reject(failure("stale", "the explanation has changed since"));
    } else {
      try {
        entry.resolve(attachBuffers(content.result, buffers));
      } catch (error) {
        entry.reject(failure("bad_reply", String(error)));
      }
    }
    release(entry.request.slot, content.id);
  };
  model.on("msg:custom", onMessage);

  const ping = () => {
    if (contact === "static" || hello) return;
    const known = state();
    if (known === "gone") {
      tell("lost");
    }
    const id = `${prefix}-hello-${++counter}`;
    const sent = post({
      kind: "request",
      id,
      slot: "hello",
      epoch: model.get("_epoch"),
      method: "hello",
      params: {},
    } satisfies Request<"hello">);
    if (!sent) {
      tell("lost");
      return;
    }
    silentSince ??= Date.now();
    const timer = setTimeout(() => {
      hello = null;
      const now = state();
      const silence = silentSince === null ? 0 : Date.now() - silentSince;
      if (now === "gone" || now === "idle") tell("lost");
      else if (now === "busy") tell("busy");
      else tell(silence > LOST_AFTER ? "lost" : "busy");
      // Keep asking while the answer may still come.
      if (contact === "busy") ping();
    }, HELLO_TIMEOUT);
    hello = { id, timer };
  };
  const onComm = () => ping();
  model.on("comm_live_update", onComm);

  function request<M extends Method>(
    method: M,
    params: Methods[M]["params"],
    options: RequestOptions = {},
  ): Promise<Methods[M]["result"]> {
    const slot = options.slot ?? method;
    return new Promise((resolve, reject) => {
      if (contact === "static") {
        reject(
          failure("disconnected", "no kernel answers here", "Open the notebook and run its cell again."),
        );
        return;
      }
      const send = () => {
        const id = `${prefix}-${++counter}`;
        const epoch = model.get("_epoch");
        const message: Request<M> = { kind: "request", id, slot, epoch, method, params };
        const timer = setTimeout(() => {
          if (!settle(id)) return;
          post({ kind: "cancel", id });
          reject(failure("timeout", "no answer from the kernel yet", "It may be busy with a running cell."));
          release(slot, id);
          ping();
        }, options.timeout ?? DEFAULT_TIMEOUT);
        pending.set(id, {
          request: message as Request,
          sentAt: Date.now(),
          cancelled: false,
          timer,
          doubt: setTimeout(ping, DOUBT_AFTER),
          resolve: resolve as (result: unknown) => void,
          reject,
          onProgress: options.onProgress,
        });
        running.set(slot, id);
        if (!post(message)) {
          settle(id);
          tell("lost");
          reject(failure("disconnected", "the kernel is gone", "Run the cell again."));
          release(slot, id);
        }
      };
      const current = running.get(slot);
      if (current === undefined) {
        send();
        return;
      }
      waiting.get(slot)?.reject(failure("superseded", "a newer question took its place"));
      waiting.set(slot, { send, reject });
      const entry = pending.get(current);
      if (entry && !entry.cancelled && Date.now() - entry.sentAt > PATIENCE) {
        entry.cancelled = true;
        post({ kind: "cancel", id: current });
      }
      // A slot that hears nothing for long asks whether anyone is there.
      if (entry && Date.now() - entry.sentAt > HELLO_TIMEOUT) ping();
    });
  }

  return {
    request,
    ping,
    cancel(slot) {
      waiting.get(slot)?.reject(failure("cancelled", "cancelled"));
      waiting.delete(slot);
      const id = running.get(slot);
      const entry = id === undefined ? undefined : pending.get(id);
      if (entry && !entry.cancelled) {
        entry.cancelled = true;
        post({ kind: "cancel", id });
      }
    },
    onContact(listener) {
      listeners.add(listener);
      listener(contact);
      return () => listeners.delete(listener);
    },
    dispose() {
      model.off("msg:custom", onMessage);
      model.off("comm_live_update", onComm);
      if (hello) clearTimeout(hello.timer);
      for (const id of [...pending.keys()]) settle(id)?.reject(failure("cancelled", "the view was closed"));
      for (const entry of waiting.values()) entry.reject(failure("cancelled", "the view was closed"));
      waiting.clear();
      running.clear();
      listeners.clear();
    },
  };
}
