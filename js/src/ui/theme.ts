/** Light or dark, whatever the host, and the colours that a canvas needs as numbers. */
import { type ReadonlySignal, signal } from "@preact/signals";

export type Rgb = readonly [number, number, number];

export interface Palette {
  readonly dark: boolean;
  readonly panel: string;
  readonly ink: string;
  readonly ink2: string;
  readonly ink3: string;
  readonly line: string;
  readonly ghost: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly positive: string;
  readonly negative: string;
  /** Stops of the feature-value ramp, low → high. */
  readonly ramp: readonly [Rgb, Rgb, Rgb];
  readonly missing: Rgb;
}

const LIGHT: Palette = {
  dark: false,
  panel: "#ffffff",
  ink: "#1b2430",
  ink2: "#5b6675",
  ink3: "#6f7a88",
  line: "#e6e9ee",
  ghost: "#cfd6df",
  accent: "#2f6fde",
  accentSoft: "#e8f0fe",
  positive: "#d6336c",
  negative: "#2a7de1",
  ramp: [
    [42, 125, 225],
    [150, 90, 200],
    [232, 62, 120],
  ],
  missing: [139, 149, 163],
};

const DARK: Palette = {
  dark: true,
  panel: "#161a20",
  ink: "#e7ebf0",
  ink2: "#a3adba",
  ink3: "#8590a0",
  line: "#262c35",
  ghost: "#3b4450",
  accent: "#6ea2ff",
  accentSoft: "#1d2b45",
  positive: "#ff6b9d",
  negative: "#5ea8ff",
  ramp: [
    [78, 156, 255],
    [170, 116, 226],
    [255, 92, 148],
  ],
  missing: [118, 128, 142],
};

/** `rgb(…)`, `rgba(…)` or `color(srgb …)` as the browser computes them → [r, g, b, alpha], 0..255 and 0..1. */
export function parseColor(text: string): [number, number, number, number] | null {
  const numbers = text.match(/-?\d*\.?\d+(?:e-?\d+)?%?/gi)?.map((part) => Number.parseFloat(part));
  if (!numbers || numbers.length < 3) return null;
  const scale = text.startsWith("color(") ? 255 : 1;
  const [r = 0, g = 0, b = 0, a = 1] = numbers;
  return [r * scale, g * scale, b * scale, a];
}

/** `#rrggbb` or `rgb(…)`, as our own palettes write colours. */
export function rgbOf(color: string): Rgb {
  if (color.startsWith("#")) {
    const value = Number.parseInt(color.slice(1), 16);
    return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  }
  const [r = 0, g = 0, b = 0] = parseColor(color) ?? [];
  return [r, g, b];
}

/** Relative luminance, 0 black to 1 white. */
export function luminance(r: number, g: number, b: number): number {
  const linear = (channel: number) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

function parentOf(element: Element): Element | null {
  if (element.parentElement) return element.parentElement;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/** What lies behind the element decides; JupyterLab says it outright; the page's own canvas comes last. */
export function isDark(element: Element): boolean {
  const said = document.body?.dataset.jpThemeLight;
  if (said !== undefined) return said === "false";
  for (let at: Element | null = element; at; at = parentOf(at)) {
    const color = parseColor(getComputedStyle(at).backgroundColor || "");
    if (color && color[3] > 0.5) return luminance(color[0], color[1], color[2]) < 0.3;
  }
  return isPageDark();
}

/** Nothing is painted behind us: the page's own canvas shows, dark only where the page allows it. */
function isPageDark(): boolean {
  const probe = document.createElement("div");
  probe.style.backgroundColor = "Canvas";
  document.documentElement.append(probe);
  const color = parseColor(getComputedStyle(probe).backgroundColor || "");
  probe.remove();
  return color !== null && color[3] > 0 && luminance(color[0], color[1], color[2]) < 0.3;
}

/** Follows the host's theme around `host`; call the second to stop. */
export function watchTheme(host: Element): [ReadonlySignal<Palette>, () => void] {
  const palette = signal(isDark(host) ? DARK : LIGHT);
  const check = () => {
    const next = isDark(host) ? DARK : LIGHT;
    if (next !== palette.value) palette.value = next;
  };
  // Themes fade in: look again once the new background is there.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = () => {
    check();
    clearTimeout(timer);
    timer = setTimeout(check, 350);
  };
  const observer = new MutationObserver(soon);
  for (const element of [document.documentElement, document.body]) {
    if (element) {
      observer.observe(element, {
        attributes: true,
        attributeFilter: ["class", "style", "data-jp-theme-light", "data-jp-theme-name", "data-theme"],
      });
    }
  }
  const media = window.matchMedia?.("(prefers-color-scheme: dark)");
  media?.addEventListener?.("change", soon);
  const stop = () => {
    clearTimeout(timer);
    observer.disconnect();
    media?.removeEventListener?.("change", soon);
  };
  return [palette, stop];
}

/** Colour of a scaled feature value, 0..1. */
export function rampColor(palette: Palette, t: number): Rgb {
  if (Number.isNaN(t)) return palette.missing;
  const [low, middle, high] = palette.ramp;
  const clamped = Math.max(0, Math.min(1, t));
  const [from, to, u] = clamped < 0.5 ? [low, middle, clamped * 2] : [middle, high, clamped * 2 - 1];
  const mix = (i: 0 | 1 | 2) => Math.round(from[i] + (to[i] - from[i]) * u);
  return [mix(0), mix(1), mix(2)];
}

export function css(rgb: Rgb, alpha = 1): string {
  return alpha >= 1 ? `rgb(${rgb[0]},${rgb[1]},${rgb[2]})` : `rgba(${rgb[0]},${rgb[1]},${rgb[2]},${alpha})`;
}

/** Up to eight levels that colour-blind people tell apart; further ones share grey. */
const CATEGORIES_LIGHT = [
  "#2a7de1",
  "#d6336c",
  "#0f9d8a",
  "#b06a00",
  "#7a52c7",
  "#5f8f1e",
  "#c2561a",
  "#3f5a7d",
];
const CATEGORIES_DARK = [
  "#5ea8ff",
  "#ff6b9d",
  "#3fd0bb",
  "#f0b455",
  "#b294ff",
  "#a3d05c",
  "#ff9a66",
  "#9db7d8",
];

export function categoryColor(palette: Palette, index: number): string {
  const colors = palette.dark ? CATEGORIES_DARK : CATEGORIES_LIGHT;
  return colors[index] ?? css(palette.missing);
}
