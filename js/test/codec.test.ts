import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { attachBuffers, decode, decodePositions, decodeState, encode, encodePositions } from "../src/codec";

describe("typed arrays of the wire", () => {
  it("come back as they went, for every dtype", () => {
    for (const array of [
      Float32Array.of(1.5, Number.NaN, -2),
      Float64Array.of(0.1, 1e300),
      Int32Array.of(-1, 7),
      Uint32Array.of(4_000_000_000),
      Uint16Array.of(65535),
      Uint8Array.of(255),
    ]) {
      const { data, shape } = decode(encode(array));
      expect(data).toEqual(array);
      expect(shape).toEqual([array.length]);
    }
  });
  it("are copied where the bytes are not aligned", () => {
    const bytes = new Uint8Array(9);
    bytes.set(new Uint8Array(Float32Array.of(1, 2).buffer), 1);
    const data = new DataView(bytes.buffer, 1, 8);
    expect(Array.from(decode({ dtype: "float32", shape: [2], data }).data)).toEqual([1, 2]);
  });
  it("are refused where the bytes do not fill the shape", () => {
    expect(() => decode({ dtype: "float64", shape: [3], data: new Uint8Array(16) })).toThrow(/16 bytes/);
  });
  it("selection survives the trait's DataView", () => {
    const chosen = Uint32Array.of(3, 1_000_000);
    expect(decodePositions(encodePositions(chosen))).toEqual(chosen);
    expect(decodePositions(null).length).toBe(0);
  });
  it("replies get their buffers, nested and by number", () => {
    const buffers = [new DataView(Float64Array.of(1).buffer), new DataView(Float64Array.of(2).buffer)];
    const reply = attachBuffers(
      { values: { dtype: "float64", shape: [1], buffer: 1 }, list: [{ a: 1 }] },
      buffers,
    );
    const { values, list } = reply as { values: Parameters<typeof decode>[0]; list: unknown };
    expect(Array.from(decode(values).data)).toEqual([2]);
    expect(list).toEqual([{ a: 1 }]);
  });
  it("a state at rest unpacks", async () => {
    const bytes = new Uint8Array(Float32Array.of(4, 5).buffer);
    const state = await decodeState({
      format: "interpret-widget/state",
      version: 1,
      state: { row: 3, _payload: { "raw/x": { dtype: "float32", shape: [1, 2], offset: 0, length: 8 } } },
      buffers: gzipSync(bytes).toString("base64"),
    });
    expect(state.row).toBe(3);
    const payload = state._payload as Record<string, Parameters<typeof decode>[0]>;
    expect(Array.from(decode(payload["raw/x"] as Parameters<typeof decode>[0]).data)).toEqual([4, 5]);
  });
});
