import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import entry, { mountStatic } from "../src/index";
import { mount } from "../src/mount";
import type { StaticState } from "../src/protocol";
import { createStaticModel, type StaticModel } from "../src/static-model";
import { storeOf } from "../src/store";
import { type FixtureOptions, feature, TRUTH, traitsOf } from "./fixture";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  document.body.replaceChildren();
});

async function show(options: FixtureOptions = {}): Promise<{ root: HTMLElement; model: StaticModel }> {
  const model = createStaticModel(traitsOf(options));
  const element = document.createElement("div");
  document.body.append(element);
  cleanups.push(mount(storeOf(model), element));
  await settled(element);
  return { root: element, model };
}

async function settled(element: HTMLElement) {
  await vi.waitFor(() => expect(element.querySelector('[data-ready="true"]')).not.toBeNull());
}

const names = (root: HTMLElement) =>
  [...root.querySelectorAll<HTMLElement>('[data-testid="iw-feature"]')].map((row) => row.dataset.feature);

const button = (root: HTMLElement, label: string) =>
  [...root.querySelectorAll<HTMLButtonElement>("button")].find((item) => item.textContent === label);

const tick = () => new Promise((resolve) => setTimeout(resolve, 20));

describe("the dashboard", () => {
  it("shows the ranking with full precision and the most important feature's dependence", async () => {
    const { root } = await show();
    expect(names(root)).toEqual(["Age", "Income", "Role"]);
    const first = root.querySelector<HTMLElement>('[data-testid="iw-feature"]');
    expect(Number(first?.dataset.importance)).toBe(6);
    expect(root.querySelector<HTMLElement>('[data-testid="iw-dependence"]')?.dataset.feature).toBe("Age");
    expect(root.querySelector<HTMLElement>('[data-testid="iw-dependence"]')?.dataset.colorFeature).toBe(
      "Income",
    );
    expect(root.querySelector('[data-testid="iw-truth"]')?.textContent).toBe(
      "exact · trees · residual 3e\u221215",
    );
  });
  it("opens a feature by click and by key, and tells Python", async () => {
    const { root, model } = await show({ traits: { global_chart: "bar" } });
    const rows = root.querySelectorAll<SVGGElement>('[data-testid="iw-feature"]');
    rows[1]?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    await tick();
    expect(model.get("feature")).toBe("Income");
    // Lower case: in SVG another spelling would not make it focusable.
    expect(rows[1]?.getAttribute("tabindex")).toBe("0");
    expect(rows[0]?.getAttribute("tabindex")).toBe("-1");
    expect(root.querySelector<HTMLElement>('[data-testid="iw-dependence"]')?.dataset.feature).toBe("Income");
    model.push("feature", "Role");
    await tick();
    expect(root.querySelector<HTMLElement>('[data-testid="iw-dependence"]')?.dataset.feature).toBe("Role");
  });
  it("two views of one model agree", async () => {
    const { root, model } = await show();
    const other = document.createElement("div");
    document.body.append(other);
    cleanups.push(mount(storeOf(model), other));
    button(root, "Bars")?.click();
    await tick();
    expect(other.querySelector('[data-value="bar"]')?.getAttribute("aria-checked")).toBe("true");
    expect(model.saved.at(-1)).toEqual({ global_chart: "bar" });
  });
  it("shows a cohort, its count, and clears it", async () => {
    const { root, model } = await show({ traits: { cohort: [{ feature: "Age", min: 2, max: 5 }] } });
    const inside = Array.from({ length: 20 }, (_, i) => i % 7).filter((age) => age >= 2 && age <= 5).length;
    expect(root.textContent).toContain(`${inside} of 20 rows`);
    root.querySelector<HTMLButtonElement>('[aria-label^="Clear the condition Age"]')?.click();
    await tick();
    expect(model.get("cohort")).toEqual([]);
    expect(root.textContent).toContain("All rows");
  });
  it("says what the output and level are only where there is a choice", async () => {
    const { root } = await show({ outputs: ["price"], features: [feature("Only")] });
    expect(root.querySelector('[data-testid="iw-output"]')).toBeNull();
    expect(button(root, "Raw")).toBeUndefined();
    expect(button(root, "By class")).toBeUndefined();
    expect(root.textContent).toContain("contribution to price");
  });
  it("unfolds the engineered columns of a raw one", async () => {
    const raw = [feature("Role", { children: [0, 1] }), feature("Age", { children: [2] })];
    const engineered = [
      feature("Role_a", { parents: [0] }),
      feature("Role_b", { parents: [0] }),
      feature("Age_", { parents: [1] }),
    ];
    const { root } = await show({ features: raw, engineered, traits: { global_chart: "bar" } });
    expect(names(root)).toEqual(["Role", "Age"]);
    root
      .querySelector<SVGElement>('[data-testid="iw-unfold"]')
      ?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    await tick();
    expect(names(root)).toEqual(["Role", "Role_a", "Role_b", "Age"]);
  });
  it("says how true estimated values are", async () => {
    const traits = traitsOf();
    const truth = { ...TRUTH, exact: false, method: "sampling", residual: 0.2, notes: ["Sampled 100 rows."] };
    const schema = traits._schema;
    if (!schema) throw new Error("no schema");
    const { root } = await show({
      traits: { _schema: { ...schema, truth: { raw: truth, engineered: null } } },
    });
    const chip = root.querySelector<HTMLButtonElement>('[data-testid="iw-truth"]');
    expect(chip?.textContent).toBe("estimated · sampling · residual 0.2 · 1 note");
    expect(chip?.className).toContain("warn");
    chip?.click();
    await tick();
    expect(root.textContent).toContain("Sampled 100 rows.");
    expect(root.textContent).toContain("do not add up");
  });
});

describe("hostile and odd data", () => {
  const hostile = ['<img src=x onerror="alert(1)">', "a$" + "{b}`c`", "שלום‮ 🎉", "q\"uo'te", "x".repeat(200)];
  it("shows names as they are written", async () => {
    const { root } = await show({ features: hostile.map((name) => feature(name)) });
    expect(names(root)).toEqual(hostile);
    expect(root.querySelector("img")).toBeNull();
    expect(root.querySelector('[data-testid="iw-feature"] title')?.textContent).toBe(hostile[0]);
  });
  it.each([
    ["no rows", { nRows: 0 }, "There are no rows to draw"],
    ["no features", { features: [] }, "There is no feature to rank"],
    ["one row", { nRows: 1 }, "In words"],
    ["all missing", { x: () => Number.NaN }, "is missing in all 20 rows"],
    ["constant", { x: () => 3, value: () => 0 }, "is 3 in all 20 rows"],
  ] as [string, FixtureOptions, string][])("with %s says so", async (_, options, text) => {
    const { root } = await show(options);
    expect(root.textContent).toContain(text);
    expect(root.querySelector('[role="alert"]')).toBeNull();
  });
  it("draws only what is on screen of 500 columns", async () => {
    const features = Array.from({ length: 500 }, (_, j) => feature(`column ${j}`));
    const { root } = await show({ features, nRows: 3, traits: { top_k: 500 } });
    expect(names(root).length).toBeLessThan(40);
    expect(names(root)[0]).toBe("column 0");
  });
  it("gathers sixty classes", async () => {
    const outputs = Array.from({ length: 60 }, (_, o) => `class ${o}`);
    const { root } = await show({ outputs, nRows: 4, traits: { global_chart: "by-class" } });
    expect(root.textContent).toContain("53 others");
  });
});

describe("anywidget's face", () => {
  it("initialises, renders and cleans up; a lost kernel shows its banner", async () => {
    const status = { mode: "live" as const, message: null };
    const silent = createStaticModel(traitsOf({ traits: { _status: status } }), {
      hello: () => new Promise(() => {}),
    });
    const model = { ...silent, widget_manager: { kernel: { status: "dead" } } };
    const stop = entry.initialize({ model });
    const el = document.createElement("div");
    document.body.append(el);
    const unmount = entry.render({ model: { ...model }, el });
    await settled(el);
    expect(el.querySelector<HTMLElement>('[data-testid="iw-banner"]')?.dataset.state).toBe("lost");
    unmount();
    stop();
    expect(el.childElementCount).toBe(0);
  });
  it("a live one has no banner", async () => {
    const model = createStaticModel(traitsOf({ traits: { _status: { mode: "live", message: null } } }), {});
    const el = document.createElement("div");
    document.body.append(el);
    cleanups.push(entry.render({ model, el }));
    await settled(el);
    await tick();
    expect(el.querySelector('[data-testid="iw-banner"]')).toBeNull();
    expect(el.querySelector<HTMLElement>('[data-testid="iw-dashboard"]')?.dataset.kernel).toBe("live");
  });
});

const folder = join(__dirname, "..", "..", "tests", "golden");
const goldens = readdirSync(folder).filter((name) => name.endsWith(".json"));

describe("what Python writes", () => {
  it("mounts, every golden of it", async () => {
    for (const name of goldens) {
      const state = JSON.parse(readFileSync(join(folder, name), "utf8")) as StaticState;
      if (state.format !== "interpret-widget/state") continue;
      const element = document.createElement("div");
      document.body.append(element);
      cleanups.push(await mountStatic(state, element));
      await settled(element);
      expect(element.querySelector('[role="alert"]'), name).toBeNull();
      expect(element.querySelectorAll('[role="tab"]').length, name).toBeGreaterThan(0);
    }
  });
});
