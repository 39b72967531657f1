import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/**
 * A note beside a point of its positioned parent, kept inside that parent's width. Pointer events pass through.
 */
export function Tooltip(props: { x: number; y: number; width: number; children: ComponentChildren }) {
  const { x, y, width, children } = props;
  const ref = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 180, height: 60 });
  useLayoutEffect(() => {
    const box = ref.current;
    if (!box) return;
    const next = { width: box.offsetWidth, height: box.offsetHeight };
    if (next.width !== size.width || next.height !== size.height) setSize(next);
  });
  const right = x + 14 + size.width <= width;
  const left = right ? x + 14 : Math.max(0, x - 14 - size.width);
  const top = Math.max(0, y - size.height - 10);
  return (
    <div ref={ref} class="iw-tooltip" role="presentation" style={{ left: `${left}px`, top: `${top}px` }}>
      {children}
    </div>
  );
}
