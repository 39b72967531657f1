import { Component, type ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Header } from "./header";
import { ChangesPanel } from "./panels/changes";
import { OverviewPanel } from "./panels/overview";
import { RowPanel } from "./panels/row";
import { TrainingPanel } from "./panels/training";
import { isMonitor } from "./panels/training-state";
import type { View } from "./protocol";
import type { Store } from "./store";
import { ShownContext, usePalette } from "./ui/context";
import { Banner } from "./ui/controls";
import { formatCount, formatSeconds } from "./ui/format";
import { measuredText } from "./wording";

/** A failing panel says so and leaves the rest alive. */
class Boundary extends Component<{ children: ComponentChildren; label: string }, { error: Error | null }> {
  override state = { error: null as Error | null };
  static override getDerivedStateFromError(error: Error) {
    return { error };
  }
  override componentDidCatch(error: Error) {
    console.error(error);
  }
  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div class="iw-failure" role="alert">
        <Banner
          tone="error"
          icon="warning"
          action={{ label: "Try again", onClick: () => this.setState({ error: null }) }}
        >
          {this.props.label} could not be drawn: {error.message}
        </Banner>
      </div>
    );
  }
}

function Tabs({ store, tabs }: { store: Store; tabs: readonly { view: View; label: string }[] }) {
  const list = useRef<HTMLDivElement>(null);
  const shown = store.view.value;
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.view === shown);
    const to = (at + step + tabs.length) % tabs.length;
    const next = tabs[to];
    if (next) store.setView(next.view);
    (list.current?.children[to] as HTMLElement | undefined)?.focus();
  };
  return (
    <div
      class="iw-tabs"
      role="tablist"
      data-lm-suppress-shortcuts="true"
      aria-label="Panels"
      ref={list}
      onKeyDown={move}
    >
      {tabs.map((tab) => (
        <button
          type="button"
          role="tab"
          key={tab.view}
          data-view={tab.view}
          aria-selected={tab.view === shown}
          tabIndex={tab.view === shown ? 0 : -1}
          onClick={() => store.setView(tab.view)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}

/** A surrogate that imitates badly explains itself and not the model: said where nobody can miss it. */
function FidelityBanner({ store }: { store: Store }) {
  const fidelity = store.truth.value?.fidelity;
  if (!fidelity?.is_low) return null;
  return (
    <Banner tone="warn" icon="warning" testid="iw-fidelity">
      {fidelity.is_local ? "The linear models around rows fit" : `The ${fidelity.surrogate} imitates`} the
      model badly ({measuredText(fidelity)}): what is shown holds for the surrogate and says little of the
      model.
    </Banner>
  );
}

function KernelBanner({ store }: { store: Store }) {
  const { message } = store.status.value;
  const kernel = store.kernel.value;
  if (kernel === "live") {
    return message ? (
      <Banner testid="iw-banner" state="live">
        {message}
      </Banner>
    ) : null;
  }
  if (kernel === "static") {
    if (!message && !store.schema.value.has_model) return null;
    return (
      <Banner testid="iw-banner" state="static">
        {message ?? "A saved dashboard: everything here works except questions to the model."}
      </Banner>
    );
  }
  const retry = { label: "Ask again", onClick: () => store.rpc.ping() };
  if (kernel === "busy") {
    return (
      <Banner testid="iw-banner" state="busy" action={retry}>
        The kernel is busy. Charts keep working; what-if answers when it is free.
      </Banner>
    );
  }
  return (
    <Banner testid="iw-banner" state="lost" tone="warn" icon="plug" action={retry}>
      No kernel answers: it was restarted or is gone. Charts keep working; run the cell again for what-if.
    </Banner>
  );
}

function Footer({ store }: { store: Store }) {
  const schema = store.schema.value;
  const truth = store.truth.value;
  const parts: string[] = [];
  if (truth) {
    const level = store.level.value === "raw" ? "raw" : "engineered";
    if (truth.method === "given") parts.push(`given values on ${level} features`);
    else parts.push(`${truth.exact ? "exact" : "estimated"} Shapley values on ${level} features`);
    if (truth.background) parts.push(`background: ${truth.background}`);
    if (truth.seconds !== null) parts.push(`explained in ${formatSeconds(truth.seconds)}`);
  }
  if (schema.n_sampled < schema.n_rows) {
    parts.push(
      `${formatCount(schema.n_sampled)} of ${formatCount(schema.n_rows)} rows drawn (seed ${schema.seed})`,
    );
  }
  return (
    <footer class="iw-foot">
      {parts.map((part) => (
        <span key={part}>{part}</span>
      ))}
      <span class="iw-foot-end">interpret-widget {schema.package_version}</span>
    </footer>
  );
}

const PANELS = {
  training: "The training panel",
  changes: "The panel of changes",
  overview: "The overview",
  row: "The row panel",
};

export function App({ store }: { store: Store }) {
  const palette = usePalette();
  const [ready, setReady] = useState(false);
  const lastPing = useRef(0);
  const visited = useRef(new Set<View>());
  useEffect(() => {
    // Two frames: the first draws, the second comes once it is on screen.
    let second = 0;
    const first = requestAnimationFrame(() => {
      second = requestAnimationFrame(() => setReady(true));
    });
    return () => {
      cancelAnimationFrame(first);
      cancelAnimationFrame(second);
    };
  }, []);
  const schema = store.schema.value;
  if (!schema) return <div class="iw-root">Waiting for the explanation…</div>;
  const tabs = [
    ...(isMonitor(store.model) ? [{ view: "training" as const, label: "Training" }] : []),
    ...(schema.changes ? [{ view: "changes" as const, label: "Changes" }] : []),
    { view: "overview" as const, label: "Overview" },
    ...(schema.n_rows > 0
      ? [{ view: "row" as const, label: schema.has_model ? "Row & what-if" : "Row" }]
      : []),
  ];
  const view = tabs.some((tab) => tab.view === store.view.value) ? store.view.value : "overview";
  // A panel once drawn is kept, hidden: coming back to it is a matter of one frame.
  visited.current.add(view);
  const checkKernel = () => {
    // A restarted kernel says nothing by itself: ask when somebody comes back to the widget.
    if (Date.now() - lastPing.current < 5000) return;
    lastPing.current = Date.now();
    store.rpc.ping();
  };
  return (
    <section
      class={palette.dark ? "iw-root iw-dark" : "iw-root"}
      data-testid="iw-dashboard"
      data-ready={ready ? "true" : "false"}
      data-kernel={store.kernel.value}
      aria-label={`Explanation: ${schema.title}`}
      onPointerEnter={checkKernel}
      onFocusCapture={checkKernel}
    >
      <Header store={store} />
      <FidelityBanner store={store} />
      <KernelBanner store={store} />
      <Tabs store={store} tabs={tabs} />
      {tabs
        .filter((tab) => tab.view === view || visited.current.has(tab.view))
        .map((tab) => (
          <div key={tab.view} role="tabpanel" aria-label={tab.label} hidden={tab.view !== view}>
            <ShownContext.Provider value={tab.view === view}>
              <Boundary label={PANELS[tab.view]}>
                {tab.view === "training" ? (
                  <TrainingPanel store={store} />
                ) : tab.view === "changes" ? (
                  <ChangesPanel store={store} />
                ) : tab.view === "row" ? (
                  <RowPanel store={store} />
                ) : (
                  <OverviewPanel store={store} />
                )}
              </Boundary>
            </ShownContext.Provider>
          </div>
        ))}
      <Footer store={store} />
    </section>
  );
}
