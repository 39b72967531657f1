import { afterEach, expect, it, vi } from "vitest";
import { steadyOrder } from "../src/estimate";
import { mount } from "../src/mount";
import type { Estimate } from "../src/protocol";
import { createStaticModel } from "../src/static-model";
import { storeOf } from "../src/store";
import { traitsOf } from "./fixture";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  document.body.replaceChildren();
});

it("moves no feature for less than the error of the difference", () => {
  expect(steadyOrder([0, 1, 2], [1, 1.1, 0.5], [0.2, 0.2, 0.1])).toEqual([0, 1, 2]);
  expect(steadyOrder([0, 1, 2], [1, 1.5, 0.5], [0.2, 0.2, 0.1])).toEqual([1, 0, 2]);
  expect(steadyOrder([2, 0, 1], [3, 2, 1], [0, 0, 0])).toEqual([0, 1, 2]);
  expect(steadyOrder([1, 0], [Number.NaN, 1], [0, 0])).toEqual([1, 0]);
});

it("says how far it is, and announces only beginning and end", async () => {
  const running: Estimate = { state: "running", share: 0.4, error: 0.031, message: null };
  const model = createStaticModel({ ...traitsOf(), _estimate: running });
  const element = document.body.appendChild(document.createElement("div"));
  cleanups.push(mount(storeOf(model), element));
  await vi.waitFor(() => expect(element.querySelector('[data-testid="iw-estimate"]')).not.toBeNull());
  const chip = element.querySelector<HTMLElement>('[data-testid="iw-estimate"]');
  expect(chip?.textContent).toMatch(/± 3\.1\s%/);
  const status = chip?.querySelector('[role="status"]');
  expect(status?.textContent).toBe("The values are rough and get better");
  model.set("_estimate", { ...running, share: 0.8, error: 0.02 });
  await vi.waitFor(() => expect(chip?.textContent).toMatch(/± 2\.0\s%/));
  expect(status?.textContent).toBe("The values are rough and get better");
  model.set("_estimate", { ...running, state: "finished", share: 1 });
  await vi.waitFor(() => expect(status?.textContent).toBe("The values are as good as the limits allow"));
});

it("says so where nobody heard that it shall stop, and can be asked again", async () => {
  const running: Estimate = { state: "running", share: 0.4, error: 0.031, message: null };
  let heard = 0;
  const model = createStaticModel(
    { ...traitsOf(), _estimate: running },
    {
      estimate_stop: () => {
        heard += 1;
        if (heard === 1) throw { code: "model_error", message: "busy elsewhere" };
        return { state: "running" };
      },
    },
  );
  const element = document.body.appendChild(document.createElement("div"));
  cleanups.push(mount(storeOf(model), element));
  const stop = () => element.querySelector<HTMLButtonElement>('[data-testid="iw-estimate-stop"]');
  await vi.waitFor(() => expect(stop()).not.toBeNull());
  stop()?.click();
  const status = () => element.querySelector('[data-testid="iw-estimate"] [role="status"]')?.textContent;
  await vi.waitFor(() => expect(status()).toContain("busy elsewhere"));
  stop()?.click();
  await vi.waitFor(() => expect(heard).toBe(2));
  await vi.waitFor(() => expect(status()).toBe("The values are rough and get better"));
  expect(stop()?.disabled).toBe(true);
});
