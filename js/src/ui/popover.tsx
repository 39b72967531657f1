import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A panel under its anchor; Escape and a press outside close it, focus goes back to where it came from. */
export function Popover(props: {
  label: string;
  anchor: RefObject<HTMLElement | null>;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const { label, anchor, onClose, children } = props;
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const panel = ref.current;
    const root = panel?.getRootNode() as Document | ShadowRoot | undefined;
    if (!panel || !root) return;
    (panel.querySelector<HTMLElement>("button, a, [tabindex]") ?? panel).focus({ preventScroll: true });
    const onPress = (event: Event) => {
      const path = event.composedPath();
      if (!path.includes(panel) && !(anchor.current && path.includes(anchor.current))) onClose();
    };
    root.addEventListener("pointerdown", onPress, true);
    return () => root.removeEventListener("pointerdown", onPress, true);
  }, [anchor, onClose]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose();
    anchor.current?.querySelector<HTMLElement>("button")?.focus();
  };
  return (
    <div ref={ref} class="iw-popover" role="dialog" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
      {children}
    </div>
  );
}
