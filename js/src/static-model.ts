/** A model without a kernel: exported HTML, the playground and the tests. */
import { encode, type TypedArray } from "./codec";
import type { Callback, Model } from "./model";
import type { EncodedArray, ErrorInfo, Method, Methods, Request, Traits } from "./protocol";

export type Answers = {
  [M in Method]?: (params: Methods[M]["params"]) => Methods[M]["result"] | Promise<Methods[M]["result"]>;
};

export interface StaticModel extends Model {
  /** Everything that was sent, oldest first. */
  readonly sent: unknown[];
  /** Traits that the page has saved, oldest first. */
  readonly saved: Partial<Traits>[];
  /** As if Python had set a trait. */
  push<K extends keyof Traits>(name: K, value: Traits[K]): void;
}

export const DEFAULTS: Omit<Traits, "_schema" | "_payload"> = {
  view: "overview",
  output: "",
  feature: null,
  color_feature: null,
  row: 0,
  selection: new DataView(new ArrayBuffer(0)),
  cohort: [],
  threshold: 0.5,
  top_k: 12,
  level: "raw",
  global_chart: "beeswarm",
  scenario: {},
  scenarios: [],
  _epoch: 0,
  _status: { mode: "static", message: null },
};

/**
 * `answers` makes the model live: each request is answered by the function of its method, after a microtask, as
 * a kernel would. Without it the model is static.
 */
export function createStaticModel(traits: Partial<Traits>, answers?: Answers): StaticModel {
  const status = answers ? { mode: "live" as const, message: null } : DEFAULTS._status;
  const values: Record<string, unknown> = { ...DEFAULTS, _status: status, ...traits };
  if (!answers) values._status = { mode: "static", message: traits._status?.message ?? null };
  const listeners = new Map<string, Set<Callback>>();
  const dirty = new Map<string, unknown>();
  const sent: unknown[] = [];
  const saved: Partial<Traits>[] = [];

  const emit = (event: string, ...args: unknown[]) => {
    for (const callback of [...(listeners.get(event) ?? [])]) callback(...args);
  };

  const answer = async (request: Request) => {
    const reply = answers?.[request.method] as ((params: unknown) => unknown) | undefined;
    const { id } = request;
    if (!reply) {
      if (request.method !== "hello") return;
      const result = { epoch: values._epoch, package_version: "test" };
      emit("msg:custom", { kind: "response", id, ok: true, result }, []);
      return;
    }
    try {
      const result = await reply(request.params);
      emit("msg:custom", { kind: "response", id, ok: true, result }, []);
    } catch (error) {
      const given = error as Partial<ErrorInfo>;
      const info: ErrorInfo = {
        code: given.code ?? "model_error",
        message: given.message ?? String(error),
        hint: given.hint ?? null,
        feature: given.feature ?? null,
      };
      emit("msg:custom", { kind: "response", id, ok: false, error: info }, []);
    }
  };

  return {
    sent,
    saved,
    get: ((name: string) => values[name]) as Model["get"],
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      dirty.set(name, value);
      emit(`change:${name}`);
    },
    save_changes() {
      if (dirty.size === 0) return;
      saved.push(Object.fromEntries(dirty) as Partial<Traits>);
      dirty.clear();
    },
    send(content) {
      sent.push(content);
      const message = content as Request;
      if (answers && message.kind === "request") queueMicrotask(() => void answer(message));
    },
    on(event, callback) {
      const known = listeners.get(event) ?? new Set();
      listeners.set(event, known.add(callback));
    },
    off(event, callback) {
      if (callback) listeners.get(event)?.delete(callback);
      else listeners.delete(event);
    },
    push(name, value) {
      values[name] = value;
      emit(`change:${name}`);
    },
  };
}

/** Shorthand for tests and synthetic states. */
export function floats(
  data: readonly number[],
  shape: number[],
  type: "float32" | "float64" = "float32",
): EncodedArray {
  const array: TypedArray = type === "float32" ? Float32Array.from(data) : Float64Array.from(data);
  return encode(array, shape);
}
