import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KernelState } from "../src/model";
import type { Request } from "../src/protocol";
import { type Contact, createRpc, type RpcError } from "../src/rpc";
import { createStaticModel } from "../src/static-model";
import { traitsOf } from "./fixture";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A live model that answers nothing by itself; `reply` is the kernel's hand. */
function silent(kernel: KernelState = "unknown") {
  const model = createStaticModel(traitsOf({ traits: { _status: { mode: "live", message: null } } }), {});
  const sent: Request[] = [];
  const listeners: ((content: unknown, buffers: DataView[]) => void)[] = [];
  const bare = {
    ...model,
    send: (content: unknown) => void sent.push(content as Request),
    on: (event: string, callback: (content: unknown, buffers: DataView[]) => void) => {
      if (event === "msg:custom") listeners.push(callback);
    },
  };
  const state = { kernel };
  const rpc = createRpc(bare, () => state.kernel);
  const contacts: Contact[] = [];
  rpc.onContact((contact) => contacts.push(contact));
  const reply = (request: Request | undefined, result: unknown) => {
    for (const listener of listeners) {
      listener({ kind: "response", id: request?.id ?? "", ok: true, result }, []);
    }
  };
  return { model, rpc, sent, reply, contacts, state };
}

const ask = (row: number) => ({ row, edits: {} });

describe("requests", () => {
  it("keep one in flight per slot and send only the newest that waited", async () => {
    const { rpc, sent, reply } = silent();
    const first = rpc.request("predict", ask(1));
    const second = rpc.request("predict", ask(2)).catch((error: RpcError) => error);
    const third = rpc.request("predict", ask(3));
    expect(sent.length).toBe(1);
    expect(await second).toMatchObject({ code: "superseded", superseded: true });
    reply(sent[0], { seconds: 1 });
    expect(await first).toEqual({ seconds: 1 });
    expect(sent.length).toBe(2);
    expect((sent[1] as Request<"predict">).params.row).toBe(3);
    reply(sent[1], { seconds: 3 });
    expect(await third).toEqual({ seconds: 3 });
  });
  it("cancel a long one when a newer waits", async () => {
    const { rpc, sent } = silent();
    rpc.request("predict", ask(1)).catch(() => undefined);
    vi.advanceTimersByTime(500);
    rpc.request("predict", ask(2)).catch(() => undefined);
    expect(sent[1]).toMatchObject({ kind: "cancel", id: sent[0]?.id });
  });
  it("slots do not wait for each other", () => {
    const { rpc, sent } = silent();
    void rpc.request("predict", ask(1), { slot: "a" });
    void rpc.request("predict", ask(1), { slot: "b" });
    expect(sent.length).toBe(2);
  });
  it("drop a reply of an earlier epoch", async () => {
    const { model, rpc, sent, reply } = silent();
    const answer = rpc.request("predict", ask(1)).catch((error: RpcError) => error);
    model.push("_epoch", 2);
    reply(sent[0], {});
    expect(await answer).toMatchObject({ code: "stale" });
  });
  it("take a reply about the run whichever explanation is shown by then", async () => {
    const { model, rpc, sent, reply } = silent();
    const answer = rpc.request("training_compare", { a: 1, b: 2, output: 0 });
    model.push("_epoch", 2);
    reply(sent[0], { flipped: 3 });
    expect(await answer).toEqual({ flipped: 3 });
  });
  it("time out, and ask whether a kernel is there", async () => {
    const { rpc, sent } = silent();
    const answer = rpc.request("predict", ask(1), { timeout: 1000 }).catch((error: RpcError) => error);
    vi.advanceTimersByTime(1001);
    expect(await answer).toMatchObject({ code: "timeout" });
    expect(sent.map((message) => message.method ?? message.kind)).toEqual(["predict", "cancel", "hello"]);
  });
  it("of a static file fail at once", async () => {
    const rpc = createRpc(createStaticModel(traitsOf()));
    await expect(rpc.request("predict", ask(1))).rejects.toMatchObject({ code: "disconnected" });
  });
});

describe("the kernel", () => {
  it("that is idle and does not answer hello is lost; a late answer brings it back", () => {
    const { rpc, sent, reply, contacts } = silent("idle");
    rpc.ping();
    vi.advanceTimersByTime(3000);
    expect(contacts.at(-1)).toBe("lost");
    reply(sent[0], { epoch: 1 });
    expect(contacts.at(-1)).toBe("live");
  });
  it("that is busy is not called lost, and is asked again", () => {
    const { rpc, sent, contacts } = silent("busy");
    rpc.ping();
    vi.advanceTimersByTime(30_000);
    expect(contacts.at(-1)).toBe("busy");
    expect(sent.length).toBeGreaterThan(3);
  });
  it("of unknown state is busy first and lost later", () => {
    const { rpc, contacts } = silent("unknown");
    rpc.ping();
    vi.advanceTimersByTime(3000);
    expect(contacts.at(-1)).toBe("busy");
    vi.advanceTimersByTime(20_000);
    expect(contacts.at(-1)).toBe("lost");
  });
});
