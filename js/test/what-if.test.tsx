/** The row panel against a model whose answers are known: y = 2·Age + Income, plus 5 for the role "Boss". */
import { afterEach, describe, expect, it, vi } from "vitest";
import { encode } from "../src/codec";
import { mount } from "../src/mount";
import { rowSessionOf } from "../src/panels/row-session";
import type { Edits, Methods } from "../src/protocol";
import { type Answers, createStaticModel } from "../src/static-model";
import { createStore } from "../src/store";
import { feature, traitsOf } from "./fixture";

const FEATURES = [
  feature("Age", { kind: "integer", min: 0, max: 20 }),
  feature("Income", { min: 0, max: 20, missing: 0.1 }),
  feature("Role", {
    kind: "categorical",
    categories: ["Clerk", "Boss"],
    min: null,
    max: null,
    histogram: { edges: [], counts: [3, 1] },
  }),
];
const N = 10;
const own = (j: number, i: number) => (j === 2 ? i % 2 : i + j);
const parts = (i: number, edits: Edits) => {
  const age = (edits.Age ?? own(0, i)) as number;
  const income = edits.Income === null ? 0 : ((edits.Income ?? own(1, i)) as number);
  const boss = "Role" in edits ? edits.Role === "Boss" : own(2, i) === 1;
  return [2 * age, income, boss ? 5 : 0];
};
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

function explain({ row, edits, level }: Methods["explain_row"]["params"]): Methods["explain_row"]["result"] {
  const i = row / 2;
  if (edits.Role === "Legal") {
    throw {
      code: "invalid_value",
      message: "needs one of Clerk, Boss",
      hint: "choose a listed one",
      feature: "Role",
    };
  }
  if (edits.Age === 13)
    throw { code: "model_error", message: "predict raised ValueError", hint: null, feature: null };
  const values = parts(i, edits);
  return {
    row,
    label: `row-${i}`,
    level,
    base_values: [0],
    values: encode(Float64Array.from(values), [1, 3]),
    std_errors: null,
    x: encode(Float64Array.from([0, 1, 2], (j) => own(j, i))),
    x_text: ["a", "b", "c"],
    model_answer: null,
    outcome: null,
    exact: true,
    residual: 0,
    prediction: [sum(values)],
    probability: null,
    seconds: 0.001,
  };
}

const curve = ({ feature: name, row, edits }: Methods["partial_dependence"]["params"]) => {
  const grid = name === "Role" ? [0, 1] : [0, 10, 20];
  const at = (value: number) => (name === "Role" ? (FEATURES[2]?.categories?.[value] ?? "") : value);
  return {
    feature: name,
    grid,
    ice: grid.map((value) => sum(parts(row / 2, { ...edits, [name]: at(value) }))),
    pdp: grid.map(() => 1),
    n_background: 10,
    seconds: 0,
  };
};

const tick = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));
/** Until no question is open, and what it led to is drawn. */
async function rest() {
  await tick(20);
  for (let k = 0; k < 50 && document.querySelector('[data-pending="true"]'); k++) await tick(10);
  await tick(15);
}
const unmounts: (() => void)[] = [];
afterEach(() => {
  for (const unmount of unmounts.splice(0)) unmount();
});

async function panel(
  answers: Answers | null = { explain_row: explain, partial_dependence: curve },
  more = {},
) {
  const traits = traitsOf({
    features: FEATURES,
    outputs: ["price"],
    nRows: N,
    x: own,
    value: (j, i) => parts(i, {})[j] as number,
    traits: { view: "row", row: 6, ...more },
  });
  const payload = traits._payload ?? {};
  payload.predictions = encode(
    Float64Array.from({ length: N }, (_, i) => sum(parts(i, {}))),
    [N, 1],
  );
  const model = createStaticModel(traits, answers ?? undefined);
  const store = createStore(model);
  const host = document.createElement("div");
  document.body.append(host);
  const unmount = mount(store, host);
  unmounts.push(() => {
    unmount();
    store.dispose();
    host.remove();
  });
  await rest();
  const one = (id: string) => host.querySelector<HTMLElement>(`[data-testid="${id}"]`);
  const control = (name: string) =>
    host.querySelector<HTMLElement>(`[data-testid="iw-control"][data-feature="${name}"]`) as HTMLElement;
  const input = (name: string) => control(name).querySelector('[data-testid="iw-input"]') as HTMLInputElement;
  const message = (name: string) =>
    control(name).querySelector('[data-testid="iw-message"]')?.textContent ?? null;
  const type = async (name: string, text: string, key: string | null = "Enter") => {
    const element = input(name);
    element.value = text;
    element.dispatchEvent(new Event("input", { bubbles: true }));
    await tick();
    if (key) element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await rest();
  };
  const shown = () => one("iw-prediction")?.dataset ?? {};
  const asked = () =>
    model.sent.filter((item) => (item as { method: string }).method === "explain_row") as {
      params: Methods["explain_row"]["params"];
    }[];
  return { host, model, store, one, control, input, message, type, shown, asked };
}

describe("an edit", () => {
  it("is answered by the model, drawn in both panes, and told to Python", async () => {
    const { host, model, shown, type } = await panel();
    expect(shown()).toMatchObject({ old: "15", pending: "false" });
    expect(shown().new).toBeUndefined();
    await type("Age", "10");
    expect(shown()).toMatchObject({ old: "15", new: "29", pending: "false" });
    const bar = host.querySelector('[data-testid="iw-bar"][data-feature="Age"]') as HTMLElement;
    expect(bar.dataset).toMatchObject({ value: "6", newValue: "20" });
    expect(model.get("scenario")).toEqual({ Age: 10 });
    expect(model.saved.at(-1)).toMatchObject({ scenario: { Age: 10 } });
  });

  it("back to the row's own value is no edit", async () => {
    const { model, shown, type } = await panel();
    await type("Age", "10");
    await type("Age", "3");
    expect(shown().new).toBeUndefined();
    expect(model.get("scenario")).toEqual({});
  });

  it("that cannot be one says why in its own row; the last good answer stays", async () => {
    const { model, message, shown, type, control } = await panel();
    await type("Income", "7.5");
    await type("Age", "abc");
    expect(message("Age")).toBe("needs a number; the data has 0 to 20");
    expect(control("Income").querySelector('[data-testid="iw-message"]')).toBeNull();
    expect(shown()).toMatchObject({ new: String(6 + 7.5 + 5) });
    await type("Age", "4");
    expect(message("Age")).toBeNull();
    expect(shown()).toMatchObject({ new: String(8 + 7.5 + 5) });
    expect(model.get("scenario")).toEqual({ Income: 7.5, Age: 4 });
  });

  it("outside of the data is answered and flagged", async () => {
    const { message, shown, type } = await panel();
    await type("Age", "50");
    expect(shown().new).toBe("109");
    expect(message("Age")).toBe("outside of the data: 0 to 20");
  });

  it("does not complain while a number is being typed", async () => {
    const { message, type } = await panel();
    for (const begun of ["", "-", "1e"]) {
      await type("Age", begun, null);
      expect(message("Age")).toBeNull();
    }
    await type("Age", "", "Enter");
    expect(message("Age")).toContain("needs a number");
  });
});

describe("an answer that is an error", () => {
  it("stands where Python says, with its hint, and the trait keeps the last good edits", async () => {
    const { model, message, shown, store } = await panel();
    model.push("scenario", { Age: 10 });
    await rest();
    const { whatIf } = rowSessionOf(store);
    whatIf.edit("Role", "Legal");
    await rest();
    expect(message("Role")).toContain("needs one of Clerk, Boss");
    expect(message("Role")).toContain("choose a listed one");
    expect(shown()).toMatchObject({ new: "29", pending: "false" });
    expect(model.get("scenario")).toEqual({ Age: 10 });
    whatIf.edit("Role", "Clerk");
    await rest();
    expect(message("Role")).toBeNull();
    expect(shown().new).toBe("24");
  });

  it("without a feature stands with the last one edited", async () => {
    const { message, type } = await panel();
    await type("Income", "1");
    await type("Age", "13");
    expect(message("Age")).toContain("predict raised ValueError");
    expect(message("Income")).toBeNull();
  });
});

describe("dragging", () => {
  it("asks at most every 80 ms, shows the newest, and is one step of undo", async () => {
    const { store, asked, shown, model } = await panel();
    const { whatIf } = rowSessionOf(store);
    const before = asked().length;
    for (let age = 4; age <= 20; age++) {
      whatIf.edit("Age", age, { live: true });
      await tick(6);
    }
    expect(model.get("scenario")).toEqual({});
    whatIf.edit("Age", 20);
    await tick(30);
    expect(asked().length - before).toBeLessThanOrEqual(4);
    expect(asked().at(-1)?.params.edits).toEqual({ Age: 20 });
    expect(shown().new).toBe("49");
    expect(model.get("scenario")).toEqual({ Age: 20 });
    whatIf.undo();
    await rest();
    expect(shown().new).toBeUndefined();
    expect(whatIf.canUndo.value).toBe(false);
  });
});

describe("slow answers", () => {
  it("never overwrite a newer question", async () => {
    const release: (() => void)[] = [];
    const slow: Answers = {
      explain_row: async (params) => {
        await new Promise<void>((resolve) => release.push(resolve));
        return explain(params);
      },
      partial_dependence: curve,
    };
    const { store, shown, model } = await panel(slow);
    const { whatIf } = rowSessionOf(store);
    whatIf.edit("Age", 10);
    whatIf.edit("Age", 11);
    whatIf.edit("Age", 12);
    await tick();
    expect(shown()).toMatchObject({ pending: "true" });
    release.shift()?.();
    await tick(10);
    expect(shown()).toMatchObject({ new: "29", pending: "true" });
    expect(model.get("scenario")).toEqual({});
    release.shift()?.();
    await tick(10);
    expect(shown()).toMatchObject({ new: "33", pending: "false" });
    expect(model.get("scenario")).toEqual({ Age: 12 });
  });

  it("to a row since left are dropped", async () => {
    const release: (() => void)[] = [];
    const { store, shown, model } = await panel({
      explain_row: async (params) => {
        await new Promise<void>((resolve) => release.push(resolve));
        return explain(params);
      },
      partial_dependence: curve,
    });
    rowSessionOf(store).whatIf.edit("Age", 10);
    await tick();
    store.setRow(8);
    for (const go of release) go();
    await rest();
    expect(shown().new).toBeUndefined();
    expect(shown().old).toBe("13");
    expect(model.get("scenario")).toEqual({});
  });
});

describe("a question that another page's question replaced", () => {
  it("is asked again", async () => {
    let calls = 0;
    const { store, shown } = await panel({
      explain_row: (params) => {
        if (++calls === 1) throw { code: "superseded", message: "a newer question took its place" };
        return explain(params);
      },
      partial_dependence: curve,
    });
    rowSessionOf(store).whatIf.edit("Age", 10);
    await tick(30);
    expect(shown()).toMatchObject({ pending: "true" });
    await rest();
    expect(shown()).toMatchObject({ new: "29", pending: "false" });
  });
});

describe("history", () => {
  it("undoes and redoes with the keyboard", async () => {
    const { one, type, shown } = await panel();
    await type("Age", "10");
    await type("Income", "0");
    const press = async (shiftKey: boolean) => {
      one("iw-what-if")?.dispatchEvent(
        new KeyboardEvent("keydown", { key: "z", ctrlKey: true, shiftKey, bubbles: true }),
      );
      await rest();
    };
    await press(false);
    expect(shown().new).toBe("29");
    await press(false);
    expect(shown().new).toBeUndefined();
    await press(true);
    await press(true);
    expect(shown().new).toBe("25");
  });

  it("resets one feature, then all", async () => {
    const { control, one, type, shown } = await panel();
    await type("Age", "10");
    await type("Income", "0");
    control("Age").querySelector<HTMLButtonElement>(".iw-control-reset")?.click();
    await rest();
    expect(shown().new).toBe("11");
    (one("iw-reset") as HTMLButtonElement).click();
    await rest();
    expect(shown().new).toBeUndefined();
  });
});

describe("scenario and scenarios", () => {
  it("follow Python, and can be undone", async () => {
    const { model, input, shown, one } = await panel();
    model.push("scenario", { Age: 7, Role: "Clerk" });
    await rest();
    expect(input("Age").value).toBe("7");
    expect(shown().new).toBe("18");
    (one("iw-undo") as HTMLButtonElement).click();
    await rest();
    expect(model.get("scenario")).toEqual({});
  });

  it("are kept, applied on their row, renamed and deleted", async () => {
    const { host, model, store, one, type, shown } = await panel();
    await type("Age", "10");
    (one("iw-keep") as HTMLButtonElement).click();
    await tick();
    expect(model.get("scenarios")).toEqual([
      { name: "Scenario 1", row: 6, edits: { Age: 10 }, prediction: [29] },
    ]);
    store.setRow(8);
    await rest();
    expect(model.get("scenario")).toEqual({});
    const kept = host.querySelector('[data-testid="iw-scenario"]') as HTMLElement;
    (kept.querySelector(".iw-scenario-apply") as HTMLElement).click();
    await rest();
    expect(model.get("row")).toBe(6);
    expect(model.get("scenario")).toEqual({ Age: 10 });
    expect(shown().new).toBe("29");
    const { whatIf } = rowSessionOf(store);
    whatIf.rename(0, "older");
    expect(model.get("scenarios")[0]?.name).toBe("older");
    whatIf.remove(0);
    expect(model.get("scenarios")).toEqual([]);
  });

  it("takes the nearest other outcome as one undoable step", async () => {
    const { store, shown } = await panel({
      explain_row: explain,
      partial_dependence: curve,
      counterfactual: () => ({
        row: 2,
        label: "row-1",
        edits: { Age: 1, Income: 2 },
        prediction: [4],
        probability: null,
      }),
    });
    const { whatIf } = rowSessionOf(store);
    whatIf.nearestOther();
    await rest();
    expect(shown().new).toBe("9");
    expect(whatIf.search.value.text).toBe("as row-1: 2 changes");
    whatIf.undo();
    await rest();
    expect(shown().new).toBeUndefined();
  });
});

const choices = (): Methods["counterfactuals"]["result"] => ({
  items: [
    { edits: { Age: 1 }, texts: { Age: ["3000", "1"] }, outcome: null, prediction: [11], probability: null },
    {
      edits: { Income: 2, Role: "Boss" },
      texts: { Income: ["4", "2"], Role: ["<b>Clerk</b>", "Boss"] },
      outcome: null,
      prediction: [13],
      probability: null,
    },
  ],
  goal: "12 or more",
  is_fewest: true,
  notes: ["2 of 4: no further set"],
});

describe("alternatives", () => {
  const base = { explain_row: explain, partial_dependence: curve };
  const press = async (element: HTMLElement | null) => {
    element?.click();
    await rest();
  };

  it("are asked with what is held and how many may change, and applied as one undoable step", async () => {
    const { host, model, one, control, shown, store } = await panel({ ...base, counterfactuals: choices });
    await press(control("Role").querySelector('[data-testid="iw-hold"]'));
    const most = one("iw-alternatives-most") as HTMLSelectElement;
    most.value = "2";
    most.dispatchEvent(new Event("change", { bubbles: true }));
    await press(one("iw-alternatives-find"));
    const question = model.sent.find((item) => (item as { method: string }).method === "counterfactuals");
    expect((question as { params: unknown }).params).toEqual({
      row: 6,
      desired: "up",
      fixed: ["Role"],
      max_changes: 2,
    });
    expect(one("iw-held")?.textContent).toContain("1 feature held");
    const all = [...host.querySelectorAll<HTMLElement>('[data-testid="iw-alternative"]')];
    expect(all.map((item) => item.dataset.prediction)).toEqual(["11", "13"]);
    expect(all[0]?.textContent).toContain("Age 3,000 → 1");
    expect(all[1]?.textContent).toContain("Role <b>Clerk</b> → Boss");
    expect(one("iw-alternatives")?.textContent).toContain("2 of 4");
    await press(all[0]?.querySelector("button") ?? null);
    expect(model.get("scenario")).toEqual({ Age: 1 });
    expect(shown().new).toBe("11");
    expect(host.querySelector('[data-testid="iw-alternative"] button')?.getAttribute("aria-pressed")).toBe(
      "true",
    );
    rowSessionOf(store).whatIf.undo();
    await rest();
    expect(model.get("scenario")).toEqual({});
  });

  it("say in the panel why there are none, and go with their row and threshold", async () => {
    let works = false;
    const { host, one, store } = await panel({
      ...base,
      counterfactuals: () => {
        if (works) return choices();
        throw { code: "bad_request", message: "no change was found; there is one without fixed: Age" };
      },
    });
    await press(one("iw-alternatives-find"));
    expect(one("iw-alternatives-failure")?.textContent).toContain("without fixed: Age");
    works = true;
    await press(one("iw-alternatives-find"));
    expect(one("iw-alternatives-failure")).toBeNull();
    expect(host.querySelectorAll('[data-testid="iw-alternative"]')).toHaveLength(2);
    store.setThreshold(0.7);
    await rest();
    expect(host.querySelectorAll('[data-testid="iw-alternative"]')).toHaveLength(0);
    await press(one("iw-alternatives-find"));
    expect(host.querySelectorAll('[data-testid="iw-alternative"]')).toHaveLength(2);
    store.setRow(8);
    await rest();
    expect(host.querySelectorAll('[data-testid="iw-alternative"]')).toHaveLength(0);
  });

  it("show their progress, are cancelled, and a late answer is not shown", async () => {
    let finish: (value: ReturnType<typeof choices>) => void = () => {};
    const { host, model, one, type, shown } = await panel({
      ...base,
      counterfactuals: () =>
        new Promise<ReturnType<typeof choices>>((resolve) => {
          finish = resolve;
        }),
    });
    await press(one("iw-alternatives-find"));
    expect(host.querySelector('[role="progressbar"]')).not.toBeNull();
    expect(one("iw-alternatives-find")).toBeNull();
    await press(one("iw-alternatives-cancel"));
    expect(model.sent.some((item) => (item as { kind: string }).kind === "cancel")).toBe(true);
    expect(host.querySelector('[role="progressbar"]')).toBeNull();
    finish(choices());
    await rest();
    expect(host.querySelectorAll('[data-testid="iw-alternative"]')).toHaveLength(0);
    await press(one("iw-alternatives-find"));
    await type("Age", "7");
    expect(one("iw-alternatives-cancel"), "an edit does not wait behind a search").toBeNull();
    expect(shown().new).toBe("23");
    expect(one("iw-alternatives-find")).not.toBeNull();
  });

  it("say so where the explanation changes while they are searched", async () => {
    const { host, model, one } = await panel({ ...base, counterfactuals: () => new Promise(() => {}) });
    await press(one("iw-alternatives-find"));
    expect(host.querySelector('[role="progressbar"]')).not.toBeNull();
    model.push("_epoch", (model.get("_epoch") as number) + 1);
    await rest();
    expect(host.querySelector('[role="progressbar"]')).toBeNull();
    expect(one("iw-alternatives-failure")?.textContent).toContain("Search again");
  });
});

describe("missing", () => {
  it("is set and unset where the data has it, and not offered elsewhere", async () => {
    const { control, shown, model } = await panel();
    const button = () => control("Income").querySelector<HTMLButtonElement>(".iw-control-missing");
    expect(control("Age").querySelector(".iw-control-missing")).toBeNull();
    button()?.click();
    await rest();
    expect(model.get("scenario")).toEqual({ Income: null });
    expect(shown().new).toBe("11");
    button()?.click();
    await rest();
    expect(shown().new).toBeUndefined();
  });
});

describe("the curve", () => {
  it("is asked for the feature in focus, with the edits", async () => {
    const { store, type, one, model } = await panel();
    store.setFeature("Income");
    await type("Age", "10");
    store.setFeature("Income");
    await tick(200);
    expect(one("iw-ice")?.dataset.feature).toBe("Income");
    const questions = model.sent.filter(
      (item) => (item as { method: string }).method === "partial_dependence",
    );
    expect((questions.at(-1) as { params: unknown }).params).toMatchObject({
      feature: "Income",
      edits: { Age: 10 },
    });
  });
});

describe("engineered columns", () => {
  const engineered = [
    feature("age", { parents: [0] }),
    feature("income", { parents: [1] }),
    feature("role_Boss", { parents: [2] }),
  ];
  it("are explained, while the controls and the curve stay with the raw columns", async () => {
    const raw = FEATURES.map((info, at) => ({ ...info, children: [at] }));
    const base = traitsOf({
      features: raw,
      engineered,
      outputs: ["price"],
      nRows: N,
      x: own,
      value: (j, i) => parts(i, {})[j] as number,
    });
    const { host, model, store, control, type, asked } = await panel(
      { explain_row: explain, partial_dependence: curve },
      { _schema: base._schema, _payload: base._payload, level: "engineered" },
    );
    const bars = () =>
      [...host.querySelectorAll<HTMLElement>('[data-testid="iw-bar"]')].map((bar) => bar.dataset.feature);
    expect(bars()).toEqual(["age", "role_Boss", "income"]);
    store.setFeature("income");
    expect(control("Age")).not.toBeNull();
    await type("Age", "10");
    expect(asked().at(-1)?.params).toMatchObject({ level: "engineered", edits: { Age: 10 } });
    const bar = host.querySelector<HTMLElement>('[data-testid="iw-bar"][data-feature="age"]');
    expect(bar?.dataset.newValue).toBe("20");
    await tick(200);
    const questions = model.sent.filter(
      (item) => (item as { method: string }).method === "partial_dependence",
    );
    expect((questions.at(-1) as { params: unknown }).params).toMatchObject({ feature: "Income" });
    store.setLevel("raw");
    await rest();
    expect(bars()).toEqual(["Age", "Role", "Income"]);
    expect(asked().at(-1)?.params.level).toBe("raw");
  });
});

describe("without a kernel", () => {
  it("everything but the questions works", async () => {
    const { host, store, input, one } = await panel(null);
    expect(input("Age").disabled).toBe(true);
    expect(one("iw-what-if")?.textContent).toContain("saved dashboard");
    expect(host.querySelectorAll('[data-testid="iw-row"]').length).toBe(N);
    const first = host.querySelector<HTMLElement>('[data-testid="iw-row"]') as HTMLElement;
    first.click();
    await rest();
    expect(store.row.value).toBe(Number(first.dataset.row));
    expect(one("iw-waterfall")?.dataset.row).toBe(first.dataset.row);
  });
});

describe("rows", () => {
  it("are found by label, moved through by keys, sorted by their header", async () => {
    const { host, store, one } = await panel();
    const labels = () =>
      [...host.querySelectorAll<HTMLElement>('[data-testid="iw-row"]')].map((line) => line.dataset.label);
    expect(labels()[0]).toBe("row-9");
    const search = one("iw-search") as HTMLInputElement;
    search.value = "row-4";
    search.dispatchEvent(new Event("input", { bubbles: true }));
    await rest();
    expect(labels()).toEqual(["row-4"]);
    search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    expect(store.row.value).toBe(8);
    search.value = "";
    search.dispatchEvent(new Event("input", { bubbles: true }));
    await rest();
    host.querySelector<HTMLElement>('[data-sort="label"]')?.click();
    await rest();
    expect(labels()).toEqual(Array.from({ length: N }, (_, i) => `row-${i}`));
    one("iw-rows")?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
    expect(store.row.value).toBe(10);
    one("iw-rows")?.dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
    expect(store.row.value).toBe(18);
  });

  it("come in pages where the payload is a sample", async () => {
    const rows = vi.fn((query: Methods["rows"]["params"]) => {
      const count = Math.min(query.limit, 5000 - query.offset);
      return {
        total: 5000,
        offset: query.offset,
        rows: encode(Uint32Array.from({ length: count }, (_, k) => query.offset + k)),
        labels: Array.from({ length: count }, (_, k) => `all-${query.offset + k}`),
        predictions: encode(
          Float64Array.from({ length: count }, (_, k) => -k),
          [count, 1],
        ),
        outcomes: null,
      };
    });
    const traits = traitsOf({ features: FEATURES, outputs: ["price"], nRows: N, x: own });
    const schema = { ...(traits._schema as NonNullable<typeof traits._schema>), n_rows: 5000 };
    const { host, store, one } = await panel(
      {
        rows,
        explain_row: (params) => ({ ...explain({ ...params, row: 2 }), row: params.row, label: "far" }),
      },
      { _schema: schema },
    );
    await tick(60);
    expect(rows.mock.calls[0]?.[0]).toMatchObject({
      sort: "prediction",
      descending: true,
      offset: 0,
      limit: 100,
    });
    expect(host.querySelector<HTMLElement>('[data-testid="iw-row"]')?.dataset.label).toBe("all-0");
    expect(one("iw-rows")?.getAttribute("aria-rowcount")).toBe("5001");
    store.setRow(4001);
    await tick(40);
    expect(one("iw-waterfall")?.dataset.row).toBe("4001");
    expect(host.querySelector(".iw-why-label")?.textContent).toBe("far");
  });
});
