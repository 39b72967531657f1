import { describe, expect, it } from "vitest";
import { imitation } from "../src/imitation";

describe("how well a surrogate imitates", () => {
  const model = Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.6, 0.4);

  it("is perfect where answers are the same", () => {
    expect(imitation(model, model, 2, null, true)).toEqual({ r2: 1, agreement: 1, n: 3 });
  });

  it("counts rows inside the mask alone", () => {
    const own = Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.3, 0.7);
    expect(imitation(model, own, 2, Uint8Array.of(1, 1, 0), true)).toEqual({ r2: 1, agreement: 1, n: 2 });
    const all = imitation(model, own, 2, null, true);
    expect(all.agreement).toBeCloseTo(2 / 3);
    expect(all.r2).toBeCloseTo(1 - 0.18 / (2 * (0.333333 ** 2 + 0.366667 ** 2 + 0.033333 ** 2)), 3);
  });

  it("has no share of a variance that is not there, and no classes of numbers", () => {
    const same = Float64Array.of(2, 2);
    expect(imitation(same, Float64Array.of(2, 3), 1, null, false)).toEqual({
      r2: null,
      agreement: null,
      n: 2,
    });
  });
});
