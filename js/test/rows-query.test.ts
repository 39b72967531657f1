import { describe, expect, it } from "vitest";
import { arranged, matcher, PRESETS, presetOf, rowFacts, visibleRange } from "../src/panels/rows-query";
import { feature } from "./fixture";

const facts = rowFacts({
  positions: [0, 2, 4, 6],
  labels: ["emp-2", "emp-10", "emp-1", "x"],
  predictions: [0.1, 0.9, 0.6, 0.4, 0.45, 0.55, 0.8, 0.2],
  nOutputs: 2,
  output: 1,
  outcomes: [1, 1, 0, Number.NaN],
  task: "binary",
  hasProbabilities: true,
  threshold: 0.5,
});

describe("facts", () => {
  it("tell error, wrong and how uncertain", () => {
    expect(facts.error?.[0]).toBeCloseTo(0.1);
    expect(facts.error?.[1]).toBeCloseTo(0.6);
    expect(Array.from(facts.wrong ?? [])).toEqual([0, 1, 1, 0]);
    expect(facts.error?.[3]).toBeNaN();
    expect(Array.from(arranged(facts, PRESETS.uncertain, () => true))[0]).toBe(2);
  });

  it("of a regression carry the sign", () => {
    const fit = rowFacts({
      positions: [0, 1],
      labels: ["a", "b"],
      predictions: [10, 20],
      nOutputs: 1,
      output: 0,
      outcomes: [12, 15],
      task: "regression",
      hasProbabilities: false,
      threshold: 0.5,
    });
    expect(Array.from(fit.error ?? [])).toEqual([-2, 5]);
    expect(fit.wrong).toBeNull();
    expect(Array.from(arranged(fit, PRESETS.errors, () => true))).toEqual([1, 0]);
  });

  it("of several classes judge by the highest", () => {
    const many = rowFacts({
      positions: [0, 1],
      labels: ["a", "b"],
      predictions: [0.5, 0.3, 0.2, 0.1, 0.1, 0.8],
      nOutputs: 3,
      output: 0,
      outcomes: [1, 2],
      task: "multiclass",
      hasProbabilities: true,
      threshold: 0.5,
    });
    expect(Array.from(many.wrong ?? [])).toEqual([1, 0]);
    expect(many.error?.[0]).toBeCloseTo(0.7);
    expect(Array.from(arranged(many, PRESETS.uncertain, () => true))).toEqual([0, 1]);
  });
});

describe("order", () => {
  it("sorts labels as people count", () => {
    expect(Array.from(arranged(facts, { sort: "label", descending: false }, () => true))).toEqual([
      2, 0, 1, 3,
    ]);
  });
  it("puts what is unknown last, either way", () => {
    for (const descending of [true, false]) {
      expect(Array.from(arranged(facts, { sort: "error", descending }, () => true)).at(-1)).toBe(3);
    }
  });
  it("names its preset", () => {
    expect(presetOf({ sort: "error", descending: true })).toBe("errors");
    expect(presetOf({ sort: "label", descending: true })).toBeNull();
  });
});

describe("search", () => {
  const features = [
    feature("Age", { kind: "integer" }),
    feature("Role", { kind: "categorical", categories: ["Sales <b>", "R&D"] }),
  ];
  const columns = [
    [40, 41, 140, Number.NaN],
    [0, 1, 0, -1],
  ];
  const find = (query: string) => {
    const test = matcher(query, {
      labels: facts.labels,
      features,
      column: (at) => columns[at] ?? [],
      outcomes: facts.outcome,
      outcomeNames: ["stayed", "left"],
    });
    return [0, 1, 2, 3].filter(test);
  };
  it.each([
    ["", [0, 1, 2, 3]],
    ["EMP-1", [1, 2]],
    ["40", [0]],
    ["sales", [0, 2]],
    ["left", [0, 1]],
    ["age = 41", [1]],
    ["role=r&d", [1]],
    ["nothing like it", []],
  ])("%j", (query, rows) => {
    expect(find(query)).toEqual(rows);
  });
});

describe("view", () => {
  it("draws what is seen and a little more", () => {
    expect(visibleRange(0, 100, 10, 1000, 2)).toEqual({ first: 0, last: 12 });
    expect(visibleRange(500, 100, 10, 1000, 2)).toEqual({ first: 48, last: 62 });
    expect(visibleRange(9990, 100, 10, 1000, 2).last).toBe(1000);
    expect(visibleRange(0, 100, 10, 0)).toEqual({ first: 0, last: 0 });
  });
});
