import { describe, expect, it } from "vitest";
import {
  brushCondition,
  conditionSpans,
  dependenceLayout,
  histogramBars,
} from "../src/charts/dependence-layout";
import { classStack, rankedRows, tied } from "../src/charts/ranked-rows";
import { stampDiscs } from "../src/charts/raster";
import { linear, roundWithin } from "../src/charts/scale";
import { rankScaled } from "../src/charts/shade";
import { pick, swarm } from "../src/charts/swarm";
import { feature } from "./fixture";

const box = { left: 40, right: 440, top: 0, bottom: 200 };

describe("scales", () => {
  it("invert, also where the domain has no extent", () => {
    const scale = linear([0, 10], [100, 200]);
    expect(scale(5)).toBe(150);
    expect(scale.invert(150)).toBe(5);
    const flat = linear([3, 3], [0, 100]);
    expect(flat(3)).toBe(50);
    expect(Number.isFinite(linear([Number.NaN, 1], [0, 1])(0.5))).toBe(true);
  });
  it("find the roundest number of an interval", () => {
    expect(roundWithin(2873, 2915)).toBe(2900);
    expect(roundWithin(0.4871, 0.5123)).toBe(0.5);
    expect(roundWithin(3, 4)).toBe(4);
    expect(roundWithin(-12.4, -11.2)).toBe(-12);
    for (const [a, b] of [
      [1.00001, 1.00002],
      [-5, 7],
      [99, 101],
    ] as const) {
      const round = roundWithin(a, b);
      expect(round > a && round <= b).toBe(true);
    }
  });
});

describe("the beeswarm", () => {
  it("keeps every point inside its row and apart from its neighbours of the column", () => {
    const values = Float32Array.from({ length: 500 }, (_, i) => Math.sin(i) * (i % 5));
    const { x, dy } = swarm(values, linear([-5, 5], [0, 300]), 13);
    expect(Math.max(...dy.map(Math.abs))).toBeLessThanOrEqual(13);
    const places = new Set(Array.from(x, (px, i) => `${px.toFixed(3)}/${dy[i]?.toFixed(4)}`));
    expect(places.size).toBe(500);
  });
  it("leaves out what has no place and picks what is nearest", () => {
    const { x, dy } = swarm(Float32Array.of(0, Number.NaN, 1), linear([0, 1], [0, 100]), 10);
    expect(Number.isNaN(x[1])).toBe(true);
    expect(pick(x, dy, 99, 1, 6)).toBe(2);
    expect(pick(x, dy, 50, 0, 6)).toBe(-1);
  });
  it("shades by rank from lowest to highest", () => {
    expect(Array.from(rankScaled(Float32Array.of(10, 1e9, -5, Number.NaN, 10)))).toEqual([
      0.5,
      1,
      0,
      Number.NaN,
      0.5,
    ]);
    expect(Array.from(rankScaled(Float32Array.of(2, 2)))).toEqual([0.5, 0.5]);
  });
});

describe("the ranking", () => {
  const features = [feature("a", { children: [0, 1] }), feature("b"), feature("c"), feature("d")];
  const source = { features, importance: [4, 3, 2.99, 2.98], error: [0.1, 0.05, 0.05, 0.05] };
  it("says a run of ties once", () => {
    const rows = rankedRows("raw", [0, 1, 2, 3], 4, source, new Set(), null);
    expect(rows.map((row) => row.tiedWith)).toEqual([0, 2, 0, 0]);
    expect(tied(1, 0, 1, 0)).toBe(false);
  });
  it("unfolds engineered columns under their raw one, largest first", () => {
    const engineered = { features: [feature("a_x"), feature("a_y")], importance: [1, 3], error: [0, 0] };
    const rows = rankedRows("raw", [0, 1, 2, 3], 2, source, new Set(["a"]), engineered);
    expect(rows.map((row) => row.info.name)).toEqual(["a", "a_y", "a_x", "b"]);
  });
  it("stacks classes and gathers the small ones", () => {
    const stack = classStack(
      [
        [1, 0],
        [5, 5],
        [0, 1],
        [2, 9],
      ],
      2,
      3,
    );
    expect(stack.outputs).toEqual([1, 3]);
    expect(stack.others).toEqual([0, 2]);
    expect(stack.ranking).toEqual([1, 0]);
    expect(Array.from(stack.totals)).toEqual([8, 15]);
  });
});

describe("the dependence plot", () => {
  it("puts missing values into a lane of their own", () => {
    const x = Float32Array.of(0, Number.NaN, 10);
    const layout = dependenceLayout(feature("n", { min: 0, max: 10 }), x, Float32Array.of(1, 2, 3), box);
    expect(layout.missing?.count).toBe(1);
    expect(layout.x[1]).toBeGreaterThan(layout.missing?.start ?? 0);
    expect(layout.x[2]).toBeLessThan(layout.missing?.start ?? 0);
  });
  it("a brush and its condition are each other's picture", () => {
    const info = feature("income", { kind: "integer", min: 0, max: 20000 });
    const x = Float32Array.from({ length: 100 }, (_, i) => i * 202);
    const layout = dependenceLayout(info, x, x, box);
    const scale = layout.xScale;
    const condition = brushCondition(info, layout, scale?.(2930) ?? 0, scale?.(1015) ?? 0);
    expect(condition).toEqual({ feature: "income", min: 1000, max: 2900 });
    const [span] = conditionSpans(layout, info, condition ?? { feature: "" });
    expect(span?.[0]).toBeCloseTo((scale?.(1000) ?? 0) - 3, 5);
    expect(span?.[1]).toBeCloseTo((scale?.(2900) ?? 0) + 3, 5);
  });
  it("categories become lanes; a brush takes whole ones", () => {
    const info = feature("role", {
      kind: "categorical",
      categories: ["a", "b", "c"],
      histogram: { edges: [], counts: [5, 1, 3] },
    });
    const x = Float32Array.from({ length: 9 }, (_, i) => i % 3);
    const layout = dependenceLayout(info, x, x, { ...box, right: 340 });
    expect(layout.lanes.map((lane) => lane.label)).toEqual(["a", "b", "c"]);
    expect(brushCondition(info, layout, 150, 330)).toEqual({ feature: "role", values: ["b", "c"] });
    expect(conditionSpans(layout, info, { feature: "role", values: ["b", "c"] })).toEqual([[140, 340]]);
    expect(histogramBars(info, layout).map((bar) => bar.height)).toEqual([1, 0.2, 0.6]);
    for (let i = 0; i < 9; i++) {
      const lane = layout.lanes[i % 3];
      expect(layout.x[i]).toBeGreaterThan(lane?.start ?? 0);
      expect(layout.x[i]).toBeLessThan(lane?.end ?? 0);
    }
  });
  it("two hundred categories stay readable", () => {
    const categories = Array.from({ length: 200 }, (_, i) => `level ${i}`);
    const x = Float32Array.from({ length: 600 }, (_, i) => i % 200);
    const info = feature("zip", {
      kind: "categorical",
      categories,
      histogram: { edges: [], counts: categories.map(() => 3) },
    });
    const layout = dependenceLayout(info, x, x, box);
    expect(layout.lanes.length).toBe(20);
    expect(layout.lanes.at(-1)?.label).toBe("181 others");
    expect(layout.lanes.reduce((sum, lane) => sum + lane.count, 0)).toBe(600);
  });
  it("survives constant, empty and all-missing columns", () => {
    for (const x of [Float32Array.of(3, 3, 3), new Float32Array(0), new Float32Array(4).fill(Number.NaN)]) {
      const info = feature("c", { min: null, max: null, histogram: { edges: [], counts: [] } });
      const layout = dependenceLayout(info, x, new Float32Array(x.length), box);
      for (const px of layout.x) expect(Number.isFinite(px)).toBe(true);
      expect(layout.yTicks.length).toBeGreaterThan(0);
    }
  });
});

describe("discs in pixels", () => {
  const disc = (over: object) => ({
    x: [10.5],
    y: [10.5],
    index: [0],
    colors: [[200, 100, 50] as const],
    radius: 3,
    alpha: 1,
    mask: null,
    bit: 1 as const,
    offset: 0,
    ...over,
  });
  it("cover the area of the disc, in its colour", () => {
    const pixels = new Uint8ClampedArray(21 * 21 * 4);
    stampDiscs(pixels, 21, 21, 1, disc({}));
    let area = 0;
    for (let at = 0; at < pixels.length; at += 4) area += (pixels[at + 3] ?? 0) / 255;
    expect(area).toBeCloseTo(Math.PI * 9, 0);
    const middle = (10 * 21 + 10) * 4;
    expect(Array.from(pixels.slice(middle, middle + 4))).toEqual([200, 100, 50, 255]);
  });
  it("blend as one would over the other", () => {
    const pixels = new Uint8ClampedArray(21 * 21 * 4);
    const two = { x: [10.5, 10.5], y: [10.5, 10.5], index: [0, 1] };
    stampDiscs(
      pixels,
      21,
      21,
      1,
      disc({
        ...two,
        colors: [
          [255, 0, 0],
          [0, 0, 255],
        ],
        alpha: 0.5,
      }),
    );
    const [r = 0, , b = 0, a = 0] = pixels.slice((10 * 21 + 10) * 4);
    // Source over: alpha 0.75, blue 0.5 / 0.75 of the colour.
    expect(Math.abs(a - 191)).toBeLessThan(2);
    expect(Math.abs(b - 170)).toBeLessThan(3);
    expect(Math.abs(r - 85)).toBeLessThan(3);
  });
  it("outside, masked or nowhere draw nothing", () => {
    const pixels = new Uint8ClampedArray(8 * 8 * 4);
    stampDiscs(
      pixels,
      8,
      8,
      1,
      disc({ x: [-50, Number.NaN, 4], y: [4, 4, 4], index: [0, 0, 0], mask: Uint8Array.of(1, 1, 0) }),
    );
    expect(pixels.every((value) => value === 0)).toBe(true);
  });
});
