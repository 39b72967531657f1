import { afterEach, expect, it } from "vitest";
import { mount } from "../src/mount";
import type { Changes, Schema } from "../src/protocol";
import { createStaticModel } from "../src/static-model";
import { storeOf } from "../src/store";
import { traitsOf } from "./fixture";

function changes(more: Partial<Changes> = {}): Changes {
  const line = { rank_before: 1, rank_after: 2, moved: 0.3, p: 0.0001, drifted: false, remarks: "" };
  return {
    names: ["train", "live"],
    n_rows: [1000, 200],
    words: ["From train to live the contributions of Income drifted."],
    outputs: [
      {
        output: 1,
        moved: 0.25,
        ndcg: 0.9,
        auc: 0.8,
        auc_p: 0.0001,
        mean_before: -1,
        mean_after: 0.5,
        n_features: 70,
        features: [
          { ...line, name: "Income", before: 0.2, after: 0.4, drifted: true, remarks: "new: '<b>'" },
          ...Array.from({ length: 19 }, (_, i) => ({ ...line, name: `f${i}`, before: 0.01, after: 0.01 })),
        ],
      },
    ],
    rows: null,
    ...more,
  };
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  document.body.replaceChildren();
});

async function show(given: Changes) {
  const traits = traitsOf({ traits: { view: "changes" } });
  const schema = { ...(traits._schema as Schema), changes: given };
  const model = createStaticModel({ ...traits, _schema: schema });
  const place = document.body.appendChild(document.createElement("div"));
  const store = storeOf(model);
  cleanups.push(mount(store, place));
  await new Promise((done) => setTimeout(done, 30));
  return { place, store };
}

const all = (place: HTMLElement, name: string) =>
  Array.from(place.querySelectorAll<HTMLElement>(`[data-testid="${name}"]`));

it("shows what drifted, first what moved most, and the rest on demand", async () => {
  const { place } = await show(changes());
  const lines = all(place, "iw-change");
  expect(lines.length).toBe(15);
  expect(lines[0]?.dataset.feature).toBe("Income");
  expect(lines[0]?.textContent).toContain("drifted");
  expect(lines[0]?.textContent).toMatch(/20\.0\s%\s→\s40\.0\s%/);
  expect(lines[0]?.querySelector("b")).toBeNull();
  expect(all(place, "iw-finding")[0]?.textContent).toContain("Income drifted");
  all(place, "iw-changes-more")[0]?.click();
  await new Promise((done) => setTimeout(done, 30));
  expect(all(place, "iw-change").length).toBe(20);
  expect(place.textContent).toContain("And 50 more that moved less");
});

it("leads from a feature to how it acts", async () => {
  const { place, store } = await show(changes());
  place.querySelector<HTMLElement>('[data-feature="Income"] button')?.click();
  expect(store.view.value).toBe("overview");
  expect(store.feature.value).toBe("Income");
});

it("leads from a row that flipped to why", async () => {
  const line = { label: "emp-1", before: "stay", after: "leave", change: 0.4, feature: "Income" };
  const { place, store } = await show(
    changes({
      rows: {
        n: 200,
        flipped: 1,
        lines: [
          { ...line, row: 4, flipped: true },
          { ...line, row: 6, flipped: false },
        ],
      },
    }),
  );
  const rows = all(place, "iw-changed-row");
  expect(rows.length).toBe(1);
  expect(rows[0]?.textContent).toContain("stay → leave");
  rows[0]?.click();
  expect(store.view.value).toBe("row");
  expect(store.row.value).toBe(4);
});

it("says so where an output was not compared", async () => {
  const { place, store } = await show(changes());
  store.setOutput(0);
  await new Promise((done) => setTimeout(done, 30));
  expect(place.textContent).toContain("The comparison does not cover this output.");
});
