import { describe, expect, it } from "vitest";
import {
  dateText,
  editAt,
  editPosition,
  editText,
  inputText,
  isUnchanged,
  parseDate,
  parseEdit,
  tidy,
  warningOf,
} from "../src/panels/row-values";
import { feature } from "./fixture";

const age = feature("Age", { kind: "integer", min: 18, max: 60 });
const rate = feature("Rate", { min: 0.1, max: 2.5 });
const role = feature("Role", { kind: "categorical", categories: ["Sales", "R&D"], min: null, max: null });
const flag = feature("Flag", { kind: "boolean", categories: ["False", "True"], min: null, max: null });
const hired = feature("Hired", {
  kind: "datetime",
  min: Date.UTC(2015, 0, 1),
  max: Date.UTC(2024, 0, 1),
});

describe("what was typed", () => {
  it("becomes a number, grouped or not", () => {
    expect(parseEdit(rate, " 1.25 ")).toEqual({ ok: true, value: 1.25, warning: null });
    expect(parseEdit(feature("Income", { max: 20_000 }), "9,094")).toMatchObject({ ok: true, value: 9094 });
    expect(parseEdit(feature("T", { min: -9 }), "−3")).toMatchObject({ ok: true, value: -3 });
    expect(parseEdit(feature("T", { max: 2000 }), "1e3")).toMatchObject({ ok: true, value: 1000 });
  });

  it.each(["abc", "", "1,5", "1 2", "--3", "Infinity", "NaN", "0x10", "1e999"])("refuses %j", (text) => {
    const parsed = parseEdit(age, text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.message).toContain("the data has 18 to 60");
  });

  it("says the reason as a person would", () => {
    expect(parseEdit(age, "abc")).toEqual({ ok: false, message: "needs a number; the data has 18 to 60" });
    expect(parseEdit(age, "30.5")).toEqual({
      ok: false,
      message: "needs a whole number; the data has 18 to 60",
    });
    expect(parseEdit(rate, "1,5")).toMatchObject({ message: expect.stringContaining("with a point: 1.5") });
  });

  it("takes a value outside of the data and flags it", () => {
    expect(parseEdit(age, "75")).toEqual({ ok: true, value: 75, warning: "outside of the data: 18 to 60" });
    expect(warningOf(age, 75)).toBe("outside of the data: 18 to 60");
    expect(warningOf(age, 60)).toBeNull();
    expect(warningOf(age, null)).toBe("never missing in the data");
  });

  it("reads booleans, categories and dates", () => {
    expect(parseEdit(flag, "True")).toMatchObject({ value: true });
    expect(parseEdit(flag, "perhaps")).toEqual({ ok: false, message: "needs False or True" });
    expect(parseEdit(role, "R&D")).toMatchObject({ value: "R&D", warning: null });
    expect(parseEdit(role, "Legal")).toMatchObject({
      ok: true,
      warning: expect.stringContaining("not among"),
    });
    expect(parseEdit(hired, "2020-02-30x")).toMatchObject({ ok: false });
    expect(parseEdit(hired, "2020-02-29")).toMatchObject({ value: "2020-02-29", warning: null });
    expect(parseEdit(hired, "2031-01-01")).toMatchObject({
      warning: "outside of the data: 2015-01-01 to 2024-01-01",
    });
  });
});

describe("positions", () => {
  it.each([
    [age, 40],
    [rate, 0.3],
    [role, 1],
    [flag, 0],
    [hired, Date.UTC(2019, 4, 5)],
  ])("of %# survive the way to an edit and back", (info, position) => {
    expect(editPosition(info, editAt(info, position))).toBe(position);
  });

  it("of missing is NaN, of an unlisted level −1", () => {
    expect(editAt(age, Number.NaN)).toBeNull();
    expect(editPosition(age, null)).toBeNaN();
    expect(editPosition(role, "Legal")).toBe(-1);
  });

  it("know when nothing has changed, float32 or not", () => {
    const own = Math.fround(0.1);
    expect(tidy(own)).toBe(0.1);
    expect(isUnchanged(rate, own, 0.1)).toBe(true);
    expect(isUnchanged(rate, own, 0.2)).toBe(false);
    expect(isUnchanged(flag, 1, true)).toBe(true);
    expect(isUnchanged(role, 0, "Sales")).toBe(true);
    expect(isUnchanged(role, -1, "Legal")).toBe(false);
    expect(isUnchanged(age, Number.NaN, null)).toBe(true);
    expect(isUnchanged(age, 18, null)).toBe(false);
  });
});

describe("text", () => {
  it("shows each digit that was sent", () => {
    expect(inputText(feature("n"), Math.fround(1234.567))).toBe("1,234.567");
    expect(inputText(age, 40)).toBe("40");
    expect(editText(rate, -0.5)).toBe("−0.5");
    expect(editText(flag, true)).toBe("True");
    expect(editText(age, null)).toBe("missing");
  });

  it("undoes the blur of float32 moments", () => {
    const midnight = Date.UTC(2014, 5, 1);
    expect(dateText(Math.fround(midnight))).toBe("2014-06-01");
    expect(dateText(Date.UTC(2014, 5, 1, 13, 45))).toBe("2014-06-01 13:45");
    expect(parseDate("2014-06-01T13:45")).toBe(Date.UTC(2014, 5, 1, 13, 45));
  });
});
