/** Widths of text, and names cut in their middle: both ends of a column's name tell it apart. */
export const UI_FONT = '-apple-system, "Segoe UI", Inter, Roboto, "Helvetica Neue", Arial, sans-serif';

let context: CanvasRenderingContext2D | null | undefined;
const widths = new Map<string, number>();

export function textWidth(text: string, font = `12px ${UI_FONT}`): number {
  const key = `${font}|${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (context === undefined) {
    try {
      context = document.createElement("canvas").getContext("2d");
    } catch {
      context = null;
    }
  }
  let width: number;
  if (context) {
    context.font = font;
    width = context.measureText(text).width;
  } else {
    width = text.length * (Number.parseFloat(font.replace(/^\D*/, "")) || 12) * 0.55;
  }
  if (widths.size > 5000) widths.clear();
  widths.set(key, width);
  return width;
}

/** User-perceived characters, so that no emoji is cut in two. */
function characters(text: string): string[] {
  if (typeof Intl !== "undefined" && "Segmenter" in Intl) {
    return Array.from(new Intl.Segmenter().segment(text), (part) => part.segment);
  }
  return Array.from(text);
}

/** `text` where it fits, else its head and tail around an ellipsis. */
export function truncateMiddle(text: string, maxWidth: number, font?: string): string {
  const flat = text.replace(/\s+/g, " ");
  if (flat.length < 400 && textWidth(flat, font) <= maxWidth) return flat;
  const parts = characters(flat.length > 400 ? `${flat.slice(0, 200)}${flat.slice(-200)}` : flat);
  let low = 1;
  let high = parts.length - 1;
  let best = "…";
  while (low <= high) {
    const kept = (low + high) >> 1;
    const head = Math.ceil(kept * 0.6);
    const tail = kept - head;
    const cut = `${parts.slice(0, head).join("").trimEnd()}…${tail > 0 ? parts.slice(-tail).join("").trimStart() : ""}`;
    if (textWidth(cut, font) <= maxWidth) {
      best = cut;
      low = kept + 1;
    } else {
      high = kept - 1;
    }
  }
  return best;
}
