/** What anywidget and exported files call. */
import { decodeState } from "./codec";
import type { Model } from "./model";
import { mount } from "./mount";
import { mountEvidence } from "./panels/evidence";
import type { StaticState, Traits } from "./protocol";
import { createStaticModel } from "./static-model";
import { storeOf } from "./store";

/** Light on purpose: anywidget drops a model whose initialisation takes over two seconds. */
function initialize({ model }: { model: Model }) {
  if (model.get("_evidence")) return () => {};
  const store = storeOf(model);
  return () => store.dispose();
}

function render({ model, el }: { model: Model; el: HTMLElement }) {
  const evidence = model.get("_evidence");
  if (evidence) return mountEvidence(model, evidence, el);
  const store = storeOf(model);
  store.rpc.ping();
  return mount(store, el);
}

/** Show a state at rest, without a kernel. Returns the clean-up. */
export async function mountStatic(state: StaticState, element: HTMLElement): Promise<() => void> {
  const traits = (await decodeState(state)) as Partial<Traits>;
  const store = storeOf(createStaticModel(traits));
  const unmount = mount(store, element);
  return () => {
    unmount();
    store.dispose();
  };
}

export default { initialize, render };
