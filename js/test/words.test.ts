import { describe, expect, it } from "vitest";
import { dependenceWords, type Sentence, type WordsInput } from "../src/words/dependence-words";
import { segments } from "../src/words/segments";
import { feature } from "./fixture";

const text = (sentences: readonly Sentence[]) =>
  sentences
    .map((sentence) => sentence.map((piece) => (typeof piece === "string" ? piece : piece.strong)).join(""))
    .join(" ");

const input = (x: number[], values: number[], more: Partial<WordsInput> = {}): WordsInput => ({
  feature: feature("Income", { kind: "integer" }),
  x: Float32Array.from(x),
  values: Float32Array.from(values),
  quantity: "log-odds of leaving",
  other: null,
  mask: null,
  ...more,
});

describe("in words", () => {
  const x = Array.from({ length: 100 }, (_, i) => 1000 + i * 100);
  const step = x.map((value) => (value < 2900 ? 0.4 : -0.2));

  it("finds the step, and each number can be counted again", () => {
    const words = text(dependenceWords(input(x, step)));
    expect(words).toContain("Below 2,900, Income raises the log-odds of leaving by 0.40 (median of 19 rows)");
    expect(words).toContain("From 2,900 up it lowers it by 0.20 (median of 81 rows)");
  });
  it("parts hold exactly the rows that their limits say", () => {
    const noisy = x.map((value, i) => Math.sin(value / 900) + ((i * 37) % 11) / 40);
    const found = segments(x, noisy, [...x.keys()]);
    expect(found).not.toBeNull();
    for (const part of found?.parts ?? []) {
      const counted = x.filter(
        (v) => (part.from === null || v >= part.from) && (part.below === null || v < part.below),
      );
      expect(counted.length).toBe(part.rows.length);
    }
  });
  it("tells two groups apart where they differ", () => {
    const overtime = Float32Array.from(x, (_, i) => i % 2);
    const values = x.map((value, i) => (value < 2900 ? 0.4 : -0.2) + (i % 2) * 0.1);
    const other = { feature: feature("OverTime", { kind: "integer" }), x: overtime };
    const words = text(dependenceWords(input(x, values, { other })));
    expect(words).toContain("+0.50 where OverTime = 1, +0.40 where OverTime = 0");
  });
  it("does not invent a threshold in noise", () => {
    const noise = x.map((_, i) => ((i * 7919) % 101) / 100 - 0.5);
    expect(text(dependenceWords(input(x, noise)))).toContain("no simple threshold");
  });
  it("names constant, missing and few", () => {
    expect(text(dependenceWords(input([5, 5, 5], [0.1, 0.1, 0.1])))).toContain("Income is 5 in all 3 rows");
    const gone = [Number.NaN, Number.NaN];
    expect(text(dependenceWords(input(gone, [0, 0])))).toBe(
      "Income is missing in all 2 rows; that does not move the log-odds of leaving (median).",
    );
    expect(text(dependenceWords(input([1, 2, 3], [1, 2, 3])))).toContain("too few");
    expect(dependenceWords(input([], []))).toEqual([]);
  });
  it("speaks of highest and lowest categories", () => {
    const role = feature("Role", { kind: "categorical", categories: ["<b>", "mid", "low"] });
    const codes = Array.from({ length: 30 }, (_, i) => i % 3);
    const words = text(
      dependenceWords(
        input(
          codes,
          codes.map((code) => 1 - code),
          { feature: role },
        ),
      ),
    );
    expect(words).toContain("Role = <b> raises the log-odds of leaving by 1.00 (median of 10 rows)");
    expect(words).toContain("Role = low lowers it by 1.00");
    expect(words).toContain("mid lies between");
  });
  it("counts the cohort only", () => {
    const mask = Uint8Array.from(x, (value) => (value < 6000 ? 1 : 0));
    expect(text(dependenceWords(input(x, step, { mask })))).toContain("(median of 31 rows)");
  });
});
