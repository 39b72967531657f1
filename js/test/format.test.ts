import { describe, expect, it } from "vitest";
import {
  formatDate,
  formatMagnitude,
  formatNumber,
  formatPercent,
  formatSigned,
  formatTick,
  formatTiny,
  formatValue,
} from "../src/ui/format";
import { truncateMiddle } from "../src/ui/text";
import { feature } from "./fixture";

describe("numbers for people", () => {
  it("signs contributions with a true minus", () => {
    expect(formatSigned(0.431)).toBe("+0.43");
    expect(formatSigned(-0.26)).toBe("\u22120.26");
    expect(formatSigned(0)).toBe("0.00");
    expect(formatSigned(-0.001, 2)).toBe("0.00");
    expect(formatSigned(0.0034)).toBe("+0.0034");
    expect(formatSigned(1234.5)).toBe("+1,235");
    expect(formatSigned(Number.NaN)).toBe("–");
  });
  it("groups thousands and drops false precision", () => {
    expect(formatNumber(1204332)).toBe("1,204,332");
    expect(formatNumber(0.1 + 0.2)).toBe("0.3");
    expect(formatNumber(-12.345)).toBe("\u221212.3");
    expect(formatNumber(3e-15)).toBe("3e\u221215");
    expect(formatNumber(Number.POSITIVE_INFINITY)).toBe("∞");
    expect(formatMagnitude(12.34)).toBe("12.3");
    expect(formatTiny(3.1e-15)).toBe("3e\u221215");
  });
  it("never rounds a chance to certain", () => {
    expect(formatPercent(0.645)).toBe("64.5\u202f%");
    expect(formatPercent(0.00001)).toContain("<");
    expect(formatPercent(0.99999)).toContain(">");
    expect(formatPercent(1)).toBe("100.0\u202f%");
    expect(formatPercent(0)).toBe("0.0\u202f%");
  });
  it("shortens ticks but not years", () => {
    expect(formatTick(15000)).toBe("15k");
    expect(formatTick(2_500_000)).toBe("2.5M");
    expect(formatTick(1998)).toBe("1998");
    expect(formatTick(0.5, true)).toBe("+0.5");
    expect(formatTick(-0.5, true)).toBe("\u22120.5");
    expect(formatTick(1e-17)).toBe("0");
  });
  it("shows a value as its user knows it", () => {
    const role = feature("Role", { kind: "categorical", categories: ["Sales", "R&D"] });
    expect(formatValue(role, 1)).toBe("R&D");
    expect(formatValue(role, -1)).toBe("other");
    expect(formatValue(role, Number.NaN)).toBe("missing");
    expect(formatValue(feature("Age", { kind: "integer" }), 4200)).toBe("4,200");
    expect(formatDate(Date.UTC(2024, 1, 29))).toBe("2024-02-29");
  });
});

describe("names too long for their column", () => {
  it("keep head and tail", () => {
    const cut = truncateMiddle("median_income_of_the_household_2019", 100);
    expect(cut).toContain("…");
    expect(cut.startsWith("median")).toBe(true);
    expect(cut.endsWith("9")).toBe(true);
    expect(truncateMiddle("Age", 100)).toBe("Age");
  });
  it("never cut an emoji in two", () => {
    for (let width = 10; width < 120; width += 7) {
      expect(truncateMiddle("👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀", width)).not.toMatch(
        /[\ud800-\udbff](?![\udc00-\udfff])/,
      );
    }
  });
});
