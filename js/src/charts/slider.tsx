/** A slider over the histogram of the data: the row's own value is a ring, the edited one a dot. */
import { useMemo, useRef } from "preact/hooks";
import type { FeatureInfo } from "../protocol";
import { sliderScale } from "./slider-scale";

const VIEW = 24;

/** Under way with the pointer; the pointer let go; a key pressed. */
export type Move = "drag" | "drop" | "key";

export function Slider(props: {
  info: FeatureInfo;
  /** Position on the axis; NaN = missing. */
  own: number;
  value: number;
  valueText: string;
  edited: boolean;
  disabled: boolean;
  onMove(value: number, how: Move): void;
}) {
  const { info, own, value, valueText, edited, disabled, onMove } = props;
  const scale = useMemo(() => sliderScale(info), [info]);
  const track = useRef<HTMLDivElement>(null);
  const dragged = useRef<{ pointer: number; at: number } | null>(null);
  if (!scale) return null;
  const at = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    return box && box.width > 0 ? scale.value((event.clientX - box.left) / box.width) : scale.low;
  };
  const down = (event: PointerEvent) => {
    if (disabled || event.button !== 0) return;
    event.preventDefault();
    const element = event.currentTarget as HTMLElement;
    element.focus({ preventScroll: true });
    element.setPointerCapture?.(event.pointerId);
    dragged.current = { pointer: event.pointerId, at: at(event) };
    onMove(dragged.current.at, "drag");
  };
  const move = (event: PointerEvent) => {
    const drag = dragged.current;
    if (drag?.pointer !== event.pointerId) return;
    const to = at(event);
    if (to === drag.at) return;
    drag.at = to;
    onMove(to, "drag");
  };
  const up = (event: PointerEvent) => {
    const drag = dragged.current;
    if (drag?.pointer !== event.pointerId) return;
    dragged.current = null;
    onMove(drag.at, "drop");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (disabled || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = Number.isNaN(value) ? scale.low : value;
    const leap = Math.max(1, Math.round(scale.leap / scale.step));
    const to: Record<string, number> = {
      ArrowRight: scale.moved(from, 1),
      ArrowUp: scale.moved(from, 1),
      ArrowLeft: scale.moved(from, -1),
      ArrowDown: scale.moved(from, -1),
      PageUp: scale.moved(from, leap),
      PageDown: scale.moved(from, -leap),
      Home: scale.low,
      End: scale.high,
    };
    const next = to[event.key];
    if (next === undefined) return;
    event.preventDefault();
    onMove(next, "key");
  };
  const missing = Number.isNaN(value);
  const left = (position: number) => `${scale.place(position) * 100}%`;
  // Rows travel in single precision: the largest value of the data is not beyond it.
  const slack = 1e-6 * Math.max(Math.abs(scale.low), Math.abs(scale.high));
  const beyond = missing ? 0 : value < scale.low - slack ? -1 : value > scale.high + slack ? 1 : 0;
  return (
    <div
      class="iw-slider"
      role="slider"
      tabIndex={disabled ? -1 : 0}
      aria-label={info.name}
      aria-valuemin={scale.low}
      aria-valuemax={scale.high}
      aria-valuenow={missing ? undefined : value}
      aria-valuetext={valueText}
      aria-disabled={disabled}
      data-testid="iw-slider"
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onKeyDown={onKeyDown}
    >
      <div class="iw-slider-track" ref={track}>
        <svg viewBox={`0 0 100 ${VIEW}`} preserveAspectRatio="none" aria-hidden="true">
          {scale.bars.map((bar, k) =>
            bar.height > 0 ? (
              <rect
                // bins have no other identity
                key={k}
                x={bar.left * 100 + Math.min(0.4, bar.width * 12)}
                y={VIEW * (1 - bar.height)}
                width={Math.max(0.6, bar.width * 100 - Math.min(0.8, bar.width * 24))}
                height={VIEW * bar.height}
              />
            ) : null,
          )}
        </svg>
        <i class="iw-slider-line" />
        {edited && !Number.isNaN(own) ? <i class="iw-slider-own" style={{ left: left(own) }} /> : null}
        {missing ? null : (
          <i
            class={`iw-slider-dot${edited ? " iw-slider-edited" : ""}${beyond !== 0 ? " iw-slider-beyond" : ""}`}
            style={{ left: left(value) }}
          />
        )}
      </div>
    </div>
  );
}
