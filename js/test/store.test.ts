import { describe, expect, it, vi } from "vitest";
import { decodePositions, encodePositions } from "../src/codec";
import type { Model } from "../src/model";
import { createStaticModel, type StaticModel } from "../src/static-model";
import { positionOf, rankDescending, storeOf } from "../src/store";
import { feature, traitsOf } from "./fixture";

/** What anywidget does: a new object for every caller, the same traits behind it. */
const proxy = (model: StaticModel): Model => ({
  get: model.get,
  set: model.set,
  save_changes: model.save_changes,
  send: model.send,
  on: model.on,
  off: model.off,
});

describe("the store", () => {
  it("is one for all proxies of a model, also after a new schema", () => {
    const model = createStaticModel(traitsOf());
    const store = storeOf(proxy(model));
    expect(storeOf(proxy(model))).toBe(store);
    model.push("_schema", { ...model.get("_schema") });
    expect(storeOf(proxy(model))).toBe(store);
    expect(storeOf(createStaticModel(traitsOf()))).not.toBe(store);
  });
  it("follows Python and tells Python", () => {
    const model = createStaticModel(traitsOf());
    const store = storeOf(model);
    model.push("row", 6);
    expect(store.row.value).toBe(6);
    expect(store.localRow.value).toBe(3);
    store.setRow(8);
    expect(model.saved.at(-1)).toEqual({ row: 8 });
    store.setSelection(Uint32Array.of(0, 4));
    expect(decodePositions(model.get("selection"))).toEqual(Uint32Array.of(0, 4));
    expect(Array.from(store.selectionMask.value ?? []).slice(0, 3)).toEqual([1, 0, 1]);
    model.push("selection", encodePositions(new Uint32Array(0)));
    expect(store.selectionMask.value).toBeNull();
  });
  it("ranks by the output shown and shows the first where none is set", () => {
    const store = storeOf(createStaticModel(traitsOf()));
    expect(store.ranking.value).toEqual([0, 1, 2]);
    expect(store.focus.value).toBe(0);
    store.setFeature("Role");
    expect(store.focus.value).toBe(2);
    store.setFeature("no such column");
    expect(store.focus.value).toBe(0);
  });
  it("fetches another output once and shows it when it comes", async () => {
    const full = traitsOf({ outputs: ["a", "b", "c"] });
    const answer = vi.fn(() => ({ "raw/values/0": full._payload?.["raw/values/0"] as never }));
    const status = { mode: "live" as const, message: null };
    const traits = traitsOf({ outputs: ["a", "b", "c"], sent: [2], traits: { _status: status } });
    const store = storeOf(createStaticModel(traits, { output_payload: answer }));
    expect(store.values()).not.toBeNull();
    store.setOutput(0);
    expect(store.values()).toBeNull();
    expect(store.values()).toBeNull();
    await vi.waitFor(() => expect(store.values()).not.toBeNull());
    expect(answer).toHaveBeenCalledTimes(1);
    expect(answer).toHaveBeenCalledWith({ output: "a", level: "raw" });
  });
  it("says why an output cannot be had", async () => {
    const traits = traitsOf({ outputs: ["a", "b", "c"], sent: [2] });
    const store = storeOf(createStaticModel(traits));
    store.setOutput(1);
    store.values();
    await vi.waitFor(() => expect(store.fetchError.value).toContain("b"));
  });
  it("keeps the column when the level changes", () => {
    const raw = [feature("Role", { children: [0, 1] }), feature("Age", { children: [2] })];
    const engineered = [
      feature("Role_a", { parents: [0] }),
      feature("Role_b", { parents: [0] }),
      feature("Age", { parents: [1] }),
    ];
    const store = storeOf(createStaticModel(traitsOf({ features: raw, engineered })));
    store.setFeature("Role");
    store.setLevel("engineered");
    expect(store.features()[store.focus.value]?.name).toBe("Role_a");
    store.setLevel("raw");
    expect(store.features()[store.focus.value]?.name).toBe("Role");
  });
  it("cohorts are conjunctions that missing values never meet", () => {
    const role = feature("Role", { kind: "categorical", categories: ["x", "y"] });
    const x = (j: number, i: number) => (j === 0 ? (i === 0 ? Number.NaN : i) : i % 2);
    const store = storeOf(createStaticModel(traitsOf({ features: [feature("Age"), role], nRows: 6, x })));
    store.addCondition({ feature: "Age", max: 4 });
    expect(Array.from(store.cohortMask.value ?? [])).toEqual([0, 1, 1, 1, 1, 0]);
    store.addCondition({ feature: "Role", values: ["y"] });
    expect(Array.from(store.cohortMask.value ?? [])).toEqual([0, 1, 0, 1, 0, 0]);
    store.addCondition({ feature: "Age", max: 2 });
    expect(store.cohort.value.length).toBe(2);
    expect(Array.from(store.cohortMask.value ?? [])).toEqual([0, 1, 0, 0, 0, 0]);
    store.clearCohort();
    expect(store.cohortMask.value).toBeNull();
  });
});

describe("small pure parts", () => {
  it("find rows by bisection", () => {
    expect(positionOf([0, 2, 4, 6], 4)).toBe(2);
    expect(positionOf([0, 2, 4, 6], 5)).toBe(-1);
    expect(positionOf([], 5)).toBe(-1);
  });
  it("rank stably with NaN last", () => {
    expect(rankDescending([1, Number.NaN, 3, 1])).toEqual([2, 0, 3, 1]);
  });
});
