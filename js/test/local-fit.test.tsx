import { afterEach, describe, expect, it, vi } from "vitest";
import { encode } from "../src/codec";
import { mount } from "../src/mount";
import type { Payload, Schema } from "../src/protocol";
import { createStaticModel } from "../src/static-model";
import { storeOf } from "../src/store";
import { TRUTH, traitsOf } from "./fixture";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  document.body.replaceChildren();
});

describe("linear models around rows", () => {
  it("say how well they fit, over all rows and for the one in view", async () => {
    const traits = traitsOf({ nRows: 4, traits: { view: "row", row: 2 } });
    const schema = traits._schema as Schema;
    const fidelity = {
      surrogate: "local linear model",
      r2: 0.45,
      agreement: null,
      n_rows: 4,
      is_local: true,
      is_low: true,
    };
    const truth = { ...TRUTH, exact: false, method: "lime", residual: 0.2, fidelity };
    const payload = { ...(traits._payload as Payload) };
    payload.local_r2 = encode(Float64Array.of(0.1, 0.1, 0.72, 0.72, 0.3, 0.3, 0.6, 0.6));
    const model = createStaticModel({
      ...traits,
      _schema: { ...schema, truth: { raw: truth, engineered: null } } as Schema,
      _payload: payload,
    });
    const root = document.createElement("div");
    document.body.append(root);
    cleanups.push(mount(storeOf(model), root));
    await vi.waitFor(() => expect(root.querySelector('[data-ready="true"]')).not.toBeNull());
    expect(root.querySelector('[data-testid="iw-truth"]')?.textContent).toBe(
      "estimated · LIME · R² 0.45 · residual 0.2",
    );
    const banner = root.querySelector('[data-testid="iw-fidelity"]')?.textContent ?? "";
    expect(banner).toContain(
      "The linear models around rows fit the model badly (R² 0.45, the median of 4 fits)",
    );
    await vi.waitFor(() =>
      expect(root.querySelector('[data-testid="iw-local-fit"]')?.textContent).toContain("R² 0.72"),
    );
  });
});
