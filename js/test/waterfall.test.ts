import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { iceLayout } from "../src/charts/ice-layout";
import { niceStep, sliderScale } from "../src/charts/slider-scale";
import { type WaterfallInput, waterfallLayout } from "../src/charts/waterfall-layout";
import { byMagnitude, waterfallSteps } from "../src/charts/waterfall-steps";
import { feature } from "./fixture";

describe("steps", () => {
  const values = [0.5, -2, 0.1, 1, -0.1];

  it("go from the base to base + sum, strongest first", () => {
    const steps = waterfallSteps(values, 10, 3);
    expect(steps.map((step) => step.feature)).toEqual([1, 3, 0, -1]);
    expect(steps[0]).toMatchObject({ start: 10, end: 8 });
    for (let k = 1; k < steps.length; k++) expect(steps[k]?.start).toBe(steps[k - 1]?.end);
    expect(steps.at(-1)?.end).toBeCloseTo(10 + values.reduce((a, b) => a + b), 12);
    expect(steps.at(-1)?.members).toEqual([2, 4]);
  });

  it("do not fold a single feature, nor an edited one", () => {
    expect(waterfallSteps(values, 0, 4).map((step) => step.feature)).toEqual([1, 3, 0, 2, 4]);
    expect(waterfallSteps(values, 0, 2, new Set([4])).map((step) => step.feature)).toEqual([1, 3, 4, -1]);
  });

  it("keep the column order of ties", () => {
    expect(byMagnitude([1, -1, 2, 1])).toEqual([2, 0, 1, 3]);
    expect(byMagnitude([])).toEqual([]);
  });
});

interface GoldenStep {
  feature: number | null;
  members?: number[];
  value: number;
  start: number;
  end: number;
}
const golden = join(import.meta.dirname, "../../tests/golden/waterfall.json");
describe.skipIf(!existsSync(golden))("steps as Python computes them", () => {
  const cases = existsSync(golden) ? JSON.parse(readFileSync(golden, "utf8")) : [];
  const list = (Array.isArray(cases) ? cases : cases.cases) as {
    name?: string;
    values: number[];
    base: number;
    top_k: number;
    steps: GoldenStep[];
  }[];
  it.each(list.map((item, at) => [item.name ?? String(at), item] as const))("%s", (_, item) => {
    const steps = waterfallSteps(item.values, item.base, item.top_k);
    expect(steps.map((step) => step.feature)).toEqual(item.steps.map((step) => step.feature ?? -1));
    steps.forEach((step, k) => {
      expect(step.value).toBeCloseTo(item.steps[k]?.value ?? Number.NaN, 9);
      expect(step.start).toBeCloseTo(item.steps[k]?.start ?? Number.NaN, 9);
      expect(step.end).toBeCloseTo(item.steps[k]?.end ?? Number.NaN, 9);
    });
  });
});

describe("layout", () => {
  const input = (more: Partial<WaterfallInput> = {}): WaterfallInput => {
    const steps = waterfallSteps([1.07, 0.67, -0.28, 0.02, 0.01], -2.5, 3);
    return {
      steps,
      labels: steps.map((step) => ({ name: `feature ${step.feature}`, value: "1", newValue: null })),
      newValues: null,
      halfWidths: null,
      base: -2.5,
      prediction: -1.01,
      newPrediction: null,
      baseText: "base 7.4 %",
      predictionText: "prediction 64.5 %",
      newPredictionText: null,
      width: 480,
      mode: "waterfall",
      ...more,
    };
  };

  it("joins each bar to the next and ends at the prediction", () => {
    const { marks, base, prediction } = waterfallLayout(input());
    expect(marks[0]?.bar.from).toBeCloseTo(base.x, 6);
    expect(marks[1]?.bar.from).toBeCloseTo(marks[0]?.bar.to as number, 6);
    expect(marks[2]?.bar.to).toBeCloseTo(marks[1]?.bar.to as number, 6);
    expect(prediction?.x).toBeCloseTo(marks.at(-1)?.bar.to as number, 6);
    expect(marks.map((mark) => mark.text)).toEqual(["+1.07", "+0.67", "−0.28", "+0.03"]);
  });

  it("outlines from the same start what an edit changes, and nothing else", () => {
    const { marks } = waterfallLayout(input({ newValues: [-0.26, 0.67, -0.281, 0.03], newPrediction: -2 }));
    expect(marks[0]).toMatchObject({ newText: "−0.26" });
    expect(marks[0]?.outline?.to).toBeCloseTo(marks[0]?.bar.from as number, 6);
    expect(marks.slice(1).map((mark) => mark.outline)).toEqual([null, null, null]);
  });

  it.each([300, 480, 900])("keeps all labels inside %i px", (width) => {
    const names = ["a".repeat(200), "🦊".repeat(80), "x", "y"];
    const { marks, nameX } = waterfallLayout(
      input({ width, labels: names.map((name) => ({ name, value: "v".repeat(90), newValue: null })) }),
    );
    expect(nameX).toBeLessThan(width / 2);
    for (const mark of marks) {
      if (mark.anchor === "start") expect(mark.textX).toBeLessThan(width);
      expect(mark.bar.from).toBeGreaterThan(nameX);
      expect(mark.bar.to).toBeLessThanOrEqual(width);
    }
  });

  it("draws bars from zero", () => {
    const { marks, base, prediction } = waterfallLayout(input({ mode: "bars" }));
    expect(prediction).toBeNull();
    expect(marks[0]?.bar.from).toBeCloseTo(base.x, 6);
    expect(marks[2]?.bar.to).toBeCloseTo(base.x, 6);
  });

  it("survives a row without contributions", () => {
    const steps = waterfallSteps([0], 3, 5);
    const { marks } = waterfallLayout(
      input({ steps, labels: [{ name: "a", value: "1", newValue: null }], base: 3, prediction: 3 }),
    );
    expect(Number.isFinite(marks[0]?.bar.from)).toBe(true);
  });
});

describe("slider", () => {
  const age = feature("Age", { kind: "integer", min: 18, max: 60 });

  it("maps values to the track and back, in whole steps", () => {
    const scale = sliderScale(age);
    expect(scale?.place(18)).toBe(0);
    expect(scale?.place(60)).toBe(1);
    expect(scale?.place(99)).toBe(1);
    for (let value = 18; value <= 60; value++) expect(scale?.value(scale.place(value))).toBe(value);
    expect(scale?.moved(59, 1)).toBe(60);
    expect(scale?.moved(60, 1)).toBe(60);
  });

  it("reaches both ends of a span that no step divides", () => {
    const scale = sliderScale(feature("r", { min: 0.137, max: 9.711 }));
    expect(scale?.value(0)).toBe(0.137);
    expect(scale?.value(1)).toBe(9.711);
    expect(scale?.value(0.5)).toBe(4.92);
  });

  it("has two stops for a boolean, none for text, categories and constants", () => {
    const flag = feature("f", { kind: "boolean", categories: ["False", "True"], min: null, max: null });
    expect(sliderScale(flag)?.value(0.7)).toBe(1);
    expect(sliderScale(feature("t", { kind: "text", categories: ["a"] }))).toBeNull();
    expect(sliderScale(feature("c", { min: 3, max: 3 }))).toBeNull();
    expect(sliderScale(feature("m", { min: null, max: null }))).toBeNull();
  });

  it("steps by 1, 2 or 5", () => {
    expect([niceStep(100, 100), niceStep(4200, 200), niceStep(0.7, 200)]).toEqual([1, 20, 0.002]);
  });
});

describe("ice", () => {
  it("draws numbers as two lines from edge to edge, and holds a value beyond them at the edge", () => {
    const curve = { grid: [0, 10, 20], ice: [1, 2, 3], pdp: [2, 2, 2] };
    const layout = iceLayout(curve, feature("n"), { width: 300, height: 120 }, false);
    expect(layout.icePath.match(/[ML]/g)).toEqual(["M", "L", "L"]);
    expect(layout.x(0)).toBeCloseTo(layout.left, 6);
    expect(layout.x(99)).toBeCloseTo(layout.right, 6);
    expect(layout.y(3)).toBeLessThan(layout.y(1));
    const broken = iceLayout(
      { ...curve, ice: [1, Number.NaN, 3] },
      feature("n"),
      { width: 300, height: 120 },
      false,
    );
    expect(broken.icePath.match(/[ML]/g)).toEqual(["M", "M"]);
  });

  it("draws categories as marks in the order of the grid", () => {
    const role = feature("Role", { kind: "categorical", categories: ["A", "B", "C"] });
    const layout = iceLayout(
      { grid: [2, 0, 1], ice: [0.2, 0.4, 0.6], pdp: [0.1, 0.1, 0.1] },
      role,
      { width: 300, height: 120 },
      true,
    );
    expect(layout.icePath).toBe("");
    expect(layout.marks).toHaveLength(3);
    expect(layout.x(2)).toBeLessThan(layout.x(0));
    expect(layout.xTicks.map((tick) => tick.text)).toEqual(["C", "A", "B"]);
  });
});
