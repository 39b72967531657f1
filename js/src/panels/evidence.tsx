/** Texts and images with their contributions in place. Data are text nodes and pixels, never markup. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Model } from "../model";
import type { Evidence } from "../protocol";
import { PaletteContext, usePalette } from "../ui/context";
import { Button, Select } from "../ui/controls";
import { formatNumber } from "../ui/format";
import { watchTheme } from "../ui/theme";
import { EvidenceImage } from "./evidence-image";
import { EvidenceText } from "./evidence-text";

/** A trait that Python may change too. */
function useTrait(model: Model, name: "output" | "document"): [number, (value: number) => void] {
  const read = () => Number(model.get(name)) || 0;
  const [value, setValue] = useState(read);
  useEffect(() => {
    const changed = () => setValue(read());
    changed();
    model.on(`change:${name}`, changed);
    return () => model.off(`change:${name}`, changed);
  }, [model, name]);
  const choose = (next: number) => {
    // The dashboard's trait of the same name is a text.
    model.set(name, next as never);
    model.save_changes();
    setValue(next);
  };
  return [value, choose];
}

function Reached(props: { base: number; prediction: number; absent?: number; unit: string }) {
  const { base, prediction, absent = 0, unit } = props;
  return (
    <p class="iw-evidence-line" data-testid="iw-evidence-line">
      base {formatNumber(base)}
      {absent !== 0 ? <> · words that are not here {formatNumber(absent)}</> : null} → prediction{" "}
      <b>{formatNumber(prediction)}</b> ({unit})
    </p>
  );
}

export function EvidencePanel({ model, evidence }: { model: Model; evidence: Evidence }) {
  const palette = usePalette();
  const [chosen, setOutput] = useTrait(model, "output");
  const [page, setPage] = useTrait(model, "document");
  const output = Math.min(chosen, evidence.outputs.length - 1);
  const n = evidence.kind === "text" ? evidence.documents.length : 1;
  const at = Math.min(page, n - 1);
  const shown = evidence.kind === "text" ? evidence.documents[at] : evidence;
  if (!shown) return <div class="iw-root">There is nothing to show.</div>;
  return (
    <div
      class={palette.dark ? "iw-root iw-dark" : "iw-root"}
      data-testid="iw-evidence"
      data-kind={evidence.kind}
    >
      <div class="iw-evidence-head">
        <Select
          label="Output"
          prefix="for"
          value={String(output)}
          options={evidence.outputs.map((label, value) => ({ value: String(value), label }))}
          onChange={(value) => setOutput(Number(value))}
          testid="iw-evidence-output"
        />
        {n > 1 ? (
          <fieldset class="iw-evidence-pages" aria-label="Texts">
            <Button label="Previous text" disabled={at === 0} onClick={() => setPage(at - 1)}>
              ‹
            </Button>
            <span aria-live="polite" data-testid="iw-evidence-page">
              text {at + 1} of {n}
            </span>
            <Button label="Next text" disabled={at === n - 1} onClick={() => setPage(at + 1)}>
              ›
            </Button>
          </fieldset>
        ) : null}
      </div>
      {evidence.kind === "text" && "pieces" in shown ? (
        <EvidenceText key={at} document={shown} output={output} />
      ) : evidence.kind === "image" ? (
        <EvidenceImage evidence={evidence} output={output} />
      ) : null}
      <Reached
        base={shown.base[output] ?? Number.NaN}
        prediction={shown.prediction[output] ?? Number.NaN}
        absent={"absent" in shown ? shown.absent[output] : undefined}
        unit={evidence.unit}
      />
      <p class="iw-evidence-how">
        {evidence.how}
        {"note" in shown && shown.note ? ` Here ${shown.note}.` : null}
      </p>
    </div>
  );
}

/** Put the widget into an element. Returns the clean-up. */
export function mountEvidence(model: Model, evidence: Evidence, element: HTMLElement): () => void {
  const host = document.createElement("div");
  element.append(host);
  const [palette, stopTheme] = watchTheme(element);
  render(
    <PaletteContext.Provider value={palette}>
      <EvidencePanel model={model} evidence={evidence} />
    </PaletteContext.Provider>,
    host,
  );
  return () => {
    stopTheme();
    render(null, host);
    host.remove();
  };
}
