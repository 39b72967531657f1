/** An image with its regions in colour over it. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Evidence } from "../protocol";
import { usePalette } from "../ui/context";
import { formatSigned } from "../ui/format";
import { rgbOf } from "../ui/theme";
import { overlay, pictureOf, strongest } from "./evidence-state";

const LISTED = 8;

function paint(canvas: HTMLCanvasElement | null, pixels: Uint8ClampedArray<ArrayBuffer>, width: number) {
  const context = canvas?.getContext("2d");
  if (context && pixels.length) context.putImageData(new ImageData(pixels, width), 0, 0);
}

export function EvidenceImage(props: { evidence: Extract<Evidence, { kind: "image" }>; output: number }) {
  const { evidence, output } = props;
  const palette = usePalette();
  const picture = useMemo(() => pictureOf(evidence), [evidence]);
  const [opacity, setOpacity] = useState(60);
  const [focus, setFocus] = useState<number | null>(null);
  const below = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);
  const { width, height, segments, values } = picture;
  useEffect(() => paint(below.current, picture.pixels, width), [picture]);
  useEffect(() => {
    const [up, down] = [rgbOf(palette.positive), rgbOf(palette.negative)];
    const pixels = overlay(segments, values, output, up, down);
    if (focus !== null) {
      // Whatever is in focus is outlined, so that it is not told by colour alone.
      for (let at = 0; at < segments.length; at++) {
        const edge = at % width === width - 1 || segments[at + 1] !== focus || segments[at - 1] !== focus;
        const rim = edge || segments[at - width] !== focus || segments[at + width] !== focus;
        if (segments[at] === focus && rim) pixels.set([...rgbOf(palette.ink), 255], 4 * at);
      }
    }
    paint(above.current, pixels, width);
  }, [picture, output, palette, focus]);
  const point = (event: MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * height);
    setFocus(x >= 0 && x < width && y >= 0 && y < height ? (segments[y * width + x] ?? null) : null);
  };
  const said = (at: number) => {
    const error = values.error(at, output);
    const value = formatSigned(values.value(at, output));
    return error === null ? value : `${value} ± ${formatSigned(error).replace("+", "")}`;
  };
  return (
    <div class="iw-evidence-image">
      <div
        class="iw-evidence-picture"
        style={{ aspectRatio: `${width} / ${height}` }}
        role="img"
        aria-label={`The image, ${values.count} segments; the strongest are listed beside it`}
        data-testid="iw-evidence-picture"
        onMouseMove={point}
        onMouseLeave={() => setFocus(null)}
      >
        <canvas ref={below} width={width} height={height} />
        <canvas ref={above} width={width} height={height} style={{ opacity: opacity / 100 }} />
      </div>
      <div class="iw-evidence-aside">
        <label>
          Overlay{" "}
          <input
            type="range"
            min="0"
            max="100"
            value={opacity}
            data-testid="iw-evidence-opacity"
            onInput={(event) => setOpacity(Number(event.currentTarget.value))}
          />
        </label>
        <h3>Strongest segments</h3>
        <ol class="iw-evidence-top">
          {strongest(values, output)
            .slice(0, LISTED)
            .map((at) => (
              <li key={at}>
                <button
                  type="button"
                  class="iw-evidence-segment"
                  data-testid="iw-evidence-segment"
                  data-segment={at}
                  data-value={values.value(at, output)}
                  onFocus={() => setFocus(at)}
                  onBlur={() => setFocus(null)}
                  onMouseEnter={() => setFocus(at)}
                >
                  segment {at + 1}: {said(at)}
                </button>
              </li>
            ))}
        </ol>
        <p class="iw-evidence-said" data-testid="iw-evidence-said">
          {focus === null ? (
            "Point at the image."
          ) : (
            <>
              <b>segment {focus + 1}</b> {said(focus)}
            </>
          )}
        </p>
      </div>
    </div>
  );
}
