import { afterEach, describe, expect, it } from "vitest";
import { encode } from "../src/codec";
import { mountEvidence } from "../src/panels/evidence";
import { overlay, pictureOf, strengthOf, strongest, valuesOf } from "../src/panels/evidence-state";
import type { Evidence } from "../src/protocol";
import { createStaticModel, floats } from "../src/static-model";

const head = { outputs: ["bad", "good"], unit: "log-odds", how: "Exact by linear." };
const numbers = (data: number[], shape: number[]) => floats(data, shape, "float64");

const TEXT: Evidence = {
  ...head,
  kind: "text",
  documents: [
    {
      pieces: [
        ["A ", -1],
        ["<b>fine</b>", 0],
        [" but ", -1],
        ["dull", 1],
        [" day", -1],
      ],
      values: numbers([-2, 2, 1, -1], [2, 2]),
      errors: null,
      base: [0, 0.5],
      prediction: [-1, 1.25],
      absent: [0, -0.25],
      note: "",
    },
    {
      pieces: [["nothing known", -1]],
      values: numbers([], [0, 2]),
      errors: null,
      base: [0, 0.5],
      prediction: [0, 0.5],
      absent: [0, 0],
      note: "",
    },
  ],
};

const IMAGE: Extract<Evidence, { kind: "image" }> = {
  ...head,
  kind: "image",
  pixels: encode(new Uint8Array(16), [2, 2, 4]),
  segments: encode(Uint16Array.of(0, 0, 1, 2), [2, 2]),
  values: numbers([0, 0.25, 0, -1, 0, 0], [3, 2]),
  errors: numbers([0, 0.1, 0, 0.1, 0, 0.1], [3, 2]),
  base: [0, 1],
  prediction: [0, 0.25],
};

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  document.body.replaceChildren();
});

function show(evidence: Evidence) {
  const model = createStaticModel({ _evidence: evidence, output: 1 as never, document: 0 });
  const element = document.createElement("div");
  document.body.append(element);
  cleanups.push(mountEvidence(model, evidence, element));
  const all = (name: string) => [...element.querySelectorAll<HTMLElement>(`[data-testid="${name}"]`)];
  const tick = () => new Promise((done) => setTimeout(done, 20));
  return { model, element, all, one: (name: string) => all(name)[0], tick };
}

describe("a text", () => {
  it("shows tokens in place as text, never as markup", () => {
    const { one, element } = show(TEXT);
    expect(one("iw-evidence-text")?.textContent).toBe("A <b>fine</b> but dull day");
    expect(element.querySelector(".iw-evidence-text b")).toBeNull();
  });

  it("tells the sign by line and the size by weight, and reads both aloud", async () => {
    const { element, one, tick } = show(TEXT);
    const [fine, dull] = [...element.querySelectorAll<HTMLElement>(".iw-token")];
    expect(fine?.className).toContain("iw-token-strong iw-token-pos");
    expect(dull?.className).toContain("iw-token-medium iw-token-neg");
    expect(dull?.getAttribute("aria-label")).toBe("dull: −1.00");
    fine?.focus();
    await tick();
    fine?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    await tick();
    expect(document.activeElement).toBe(dull);
    expect(one("iw-evidence-said")?.textContent).toContain("dull −1.00");
  });

  it("follows the output and pages through texts", async () => {
    const { element, one, model, tick } = show(TEXT);
    expect(one("iw-evidence-line")?.textContent).toContain("words that are not here −0.25 → prediction 1.25");
    model.push("output", 0 as never);
    await tick();
    expect(element.querySelector<HTMLElement>('[data-token="1"]')?.dataset.value).toBe("1");
    element.querySelector<HTMLElement>('[aria-label="Next text"]')?.click();
    await tick();
    expect(model.get("document")).toBe(1);
    expect(one("iw-evidence-page")?.textContent).toBe("text 2 of 2");
    expect(one("iw-evidence-said")?.textContent).toContain("No word");
  });
});

describe("an image", () => {
  it("lists the strongest segments with their errors, for the output chosen", async () => {
    const { all, one, tick } = show(IMAGE);
    expect(all("iw-evidence-segment").map((each) => each.dataset.segment)).toEqual(["1", "0", "2"]);
    expect(all("iw-evidence-segment")[0]?.textContent).toBe("segment 2: −1.00 ± 0.10");
    all("iw-evidence-segment")[0]?.focus();
    await tick();
    expect(one("iw-evidence-said")?.textContent).toBe("segment 2 −1.00 ± 0.10");
  });

  it("paints by sign and size", () => {
    const { segments, values } = pictureOf(IMAGE);
    const pixels = overlay(segments, values, 1, [9, 0, 0], [0, 0, 9]);
    expect([...pixels.slice(0, 4)]).toEqual([9, 0, 0, 64]);
    expect([...pixels.slice(8, 12)]).toEqual([0, 0, 9, 255]);
    expect(pixels[15]).toBe(0);
  });
});

it("ranks by size, and marks nothing where all is zero", () => {
  const values = valuesOf(numbers([1, -3, 2], [3, 1]), null);
  expect(strongest(values, 0)).toEqual([1, 2, 0]);
  expect(strengthOf(0, 0)).toBe("none");
});
