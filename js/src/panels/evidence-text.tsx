/** A text with its tokens marked in place: colour and line say which way, weight how much. */
import { useMemo, useRef, useState } from "preact/hooks";
import type { EvidenceDocument } from "../protocol";
import { formatSigned } from "../ui/format";
import { largest, strengthOf, valuesOf } from "./evidence-state";

export function EvidenceText({ document, output }: { document: EvidenceDocument; output: number }) {
  const values = useMemo(() => valuesOf(document.values, document.errors), [document]);
  const [focus, setFocus] = useState<number | null>(null);
  const block = useRef<HTMLDivElement>(null);
  const most = largest(values, output);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || values.count === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const to = Math.max(0, Math.min(values.count - 1, (focus ?? 0) + step));
    setFocus(to);
    block.current?.querySelector<HTMLElement>(`[data-token="${to}"]`)?.focus();
  };
  const said = (token: number) => {
    const error = values.error(token, output);
    const value = formatSigned(values.value(token, output));
    return error === null ? value : `${value}, standard error ${formatSigned(error).replace("+", "")}`;
  };
  const named = document.pieces.find(([, token]) => token === focus)?.[0];
  return (
    <>
      <div
        role="toolbar"
        aria-label="Text"
        class="iw-evidence-text"
        ref={block}
        onKeyDown={move}
        data-testid="iw-evidence-text"
      >
        {document.pieces.map(([text, token], at) => {
          if (token < 0) return <span key={at}>{text}</span>;
          const value = values.value(token, output);
          return (
            <button
              type="button"
              key={at}
              class={`iw-token iw-token-${strengthOf(value, most)} ${value > 0 ? "iw-token-pos" : "iw-token-neg"}`}
              style={{ "--iw-share": most > 0 ? `${Math.round((100 * Math.abs(value)) / most)}%` : "0%" }}
              tabIndex={token === (focus ?? 0) ? 0 : -1}
              data-token={token}
              data-value={value}
              aria-label={`${text}: ${said(token)}`}
              onFocus={() => setFocus(token)}
              onMouseEnter={() => setFocus(token)}
            >
              {text}
            </button>
          );
        })}
      </div>
      <p class="iw-evidence-said" data-testid="iw-evidence-said">
        {focus === null || named === undefined ? (
          values.count === 0 ? (
            "No word of this text is known to the model."
          ) : (
            "Point at a word, or move with the arrow keys."
          )
        ) : (
          <>
            <b>{named}</b> {said(focus)}
          </>
        )}
      </p>
    </>
  );
}
