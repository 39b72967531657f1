import { afterEach, describe, expect, it, vi } from "vitest";
import { pathOf, roundScale, spreadLabels } from "../src/charts/rounds";
import { encode } from "../src/codec";
import { mount } from "../src/mount";
import { createTraining, nearest, ranksOf, topFeatures } from "../src/panels/training-state";
import type { Flight } from "../src/protocol";
import { type Answers, createStaticModel } from "../src/static-model";
import { storeOf } from "../src/store";
import { traitsOf } from "./fixture";

/** Age falls from 3 to 1, Income grows from 0 to 4, Role stays at 0.5; rounds 2, 4, 6, 8, 10. */
function flight(more: Partial<Flight> = {}): Flight {
  const rounds = Int32Array.of(2, 4, 6, 8, 10);
  const importance = Float32Array.from([3, 0, 0.5, 2.5, 1, 0.5, 2, 2, 0.5, 1.5, 3, 0.5, 1, 4, 0.5]);
  return {
    seq: 1,
    active: 0,
    shown: 10,
    runs: [
      {
        name: "run 1",
        state: "running",
        message: null,
        best: 8,
        seconds: 3.2,
        rounds: encode(rounds),
        importance: encode(importance, [5, 1, 3]),
        metrics: [
          {
            name: "valid loss",
            set: "valid",
            metric: "loss",
            higher_is_better: false,
            values: encode(Float64Array.of(0.6, 0.5, Number.NaN, 0.3, 0.4)),
          },
        ],
      },
    ],
    remarks: [{ kind: "took-over", round: 6, text: "Income took over from Age", feature: "Income" }],
    can_stop: true,
    blocking: false,
    error: null,
    ...more,
  };
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  document.body.replaceChildren();
});

async function show(given: Flight, answers?: Answers) {
  const traits = { ...traitsOf(), view: "training" as const, round: null, compare: null, _flight: given };
  const model = createStaticModel(traits, answers);
  const element = document.createElement("div");
  document.body.append(element);
  cleanups.push(mount(storeOf(model), element));
  await vi.waitFor(() => expect(element.querySelector('[data-ready="true"]')).not.toBeNull());
  const mark = (name: string) => element.querySelector<HTMLElement>(`[data-testid="${name}"]`);
  return { model, element, mark };
}

describe("the recorded rounds", () => {
  const run = createTraining(createStaticModel({ ...traitsOf(), _flight: flight() })).active.value;
  if (!run) throw new Error("no run");

  it("ranks features after each round and lists the strongest of now first", () => {
    expect(topFeatures(run, 1, 2)).toEqual([1, 0]);
    expect(ranksOf(run, 0, [0, 1, 2])).toEqual([
      [1, 1, 1, 2, 2],
      [3, 2, 1, 1, 1],
      [2, 3, 3, 3, 3],
    ]);
  });

  it("finds the recorded round nearest to any, the later of two", () => {
    expect([1, 3, 5.2, 99].map((round) => nearest(run.rounds, round))).toEqual([0, 1, 2, 4]);
  });

  it("breaks a line where nothing was measured, and where the shown run ends", () => {
    const x = roundScale(run.rounds, 500);
    const y = Object.assign((value: number) => value, x) as unknown as typeof x;
    const line = { key: "a", label: "a", color: "red" };
    const values = run.curves[0]?.values ?? [];
    expect(pathOf({ ...line, rounds: run.rounds, values }, x, y).match(/M/g)).toHaveLength(2);
    const longer = pathOf({ ...line, rounds: [2, 10, 400], values: [1, 2, 3] }, x, y);
    expect(longer.match(/[ML]/g)).toHaveLength(2);
  });

  it("moves labels apart and keeps them inside", () => {
    const out = spreadLabels([50, 51, 52, 99], 0, 100);
    const sorted = [...out].sort((a, b) => a - b);
    expect(Math.max(...out)).toBeLessThanOrEqual(100);
    for (let i = 1; i < sorted.length; i++) {
      expect((sorted[i] as number) - (sorted[i - 1] as number)).toBeGreaterThanOrEqual(12.9);
    }
  });
});

describe("the training panel", () => {
  it("is not there without a monitor", async () => {
    const model = createStaticModel(traitsOf());
    const element = document.createElement("div");
    document.body.append(element);
    cleanups.push(mount(storeOf(model), element));
    await vi.waitFor(() => expect(element.querySelector('[data-ready="true"]')).not.toBeNull());
    expect(element.querySelector('[data-view="training"]')).toBeNull();
  });

  it("says what to do before anything is recorded", async () => {
    const { mark } = await show(flight({ runs: [], remarks: [] }));
    expect(mark("iw-training")?.textContent).toContain("monitor.callback");
  });

  it("shows streams, the state, the remark, and moves by keyboard", async () => {
    const { mark, model, element } = await show(flight());
    expect(mark("iw-training-state")?.textContent).toBe("running");
    const streams = [...element.querySelectorAll<SVGPathElement>('[data-testid="iw-stream"]')];
    expect(streams.map((path) => [path.dataset.feature, path.dataset.last])).toEqual([
      ["Income", "4"],
      ["Age", "1"],
      ["Role", "0.5"],
    ]);
    const scrubber = mark("iw-scrubber");
    expect(scrubber?.getAttribute("aria-valuetext")).toBe("round 10, valid loss 0.4");
    scrubber?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
    await vi.waitFor(() => expect(mark("iw-scrubber")?.dataset.round).toBe("8"));
    await vi.waitFor(() => expect(model.get("round")).toBe(8));
    mark("iw-remark")?.click();
    await vi.waitFor(() => expect(model.get("round")).toBe(6));
    mark("iw-live")?.click();
    await vi.waitFor(() => expect(model.get("round")).toBeNull());
  });

  it("keeps what was recorded when the training or the monitor fails", async () => {
    const failed = flight({ error: "ZeroDivisionError: oops" });
    const run = failed.runs[0];
    if (run) Object.assign(run, { state: "failed", message: "RuntimeError: disk full" });
    const { mark } = await show(failed);
    const text = mark("iw-training")?.textContent ?? "";
    expect(text).toContain("disk full");
    expect(text).toContain("ZeroDivisionError: oops");
    expect(mark("iw-streams")).not.toBeNull();
  });

  it("wishes to stop once, and says where that was not heard", async () => {
    let heard = 0;
    const { mark, model } = await show(flight(), {
      training_stop: () => {
        heard += 1;
        if (heard === 1) throw { code: "model_error", message: "no thread to stop" };
        return { state: "stopping" };
      },
    });
    const stop = () => mark("iw-stop") as HTMLButtonElement;
    stop().click();
    await vi.waitFor(() => expect(mark("iw-training-problem")?.textContent).toContain("no thread to stop"));
    expect(stop().disabled).toBe(false);
    stop().click();
    await vi.waitFor(() => expect(stop().disabled).toBe(true));
    expect(mark("iw-training-problem")).toBeNull();
    await vi.waitFor(() => expect(heard).toBe(2));
    const over = flight({ seq: 2, can_stop: false });
    if (over.runs[0]) over.runs[0].state = "stopped";
    model.push("_flight", over);
    await vi.waitFor(() => expect(mark("iw-training-state")?.textContent).toBe("stopped"));
    expect(mark("iw-stop")).toBeNull();
  });

  it("hides its buttons where nobody answers", async () => {
    const { mark } = await show(flight());
    expect(mark("iw-stop")).toBeNull();
  });
});
