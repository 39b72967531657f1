/** Named, lazily decoded access to the typed buffers of `_payload`. */
import { type Decoded, decode, type TypedArray } from "./codec";
import type { EncodedArray, Level, Payload } from "./protocol";

/** Feature-major: the rows of one feature lie side by side. */
export interface Matrix {
  readonly data: Float32Array;
  readonly nFeatures: number;
  readonly nRows: number;
  /** A view, not a copy. */
  feature(index: number): Float32Array;
}

/** Counts of all rows per bin of value, one row of bins per feature. */
export interface Density {
  readonly counts: Uint32Array;
  /** Mean scaled feature value of the bin's rows, NaN where the bin is empty. */
  readonly shade: Float32Array;
  readonly nBins: number;
  readonly low: number;
  readonly high: number;
}

export class PayloadView {
  readonly #entries: Map<string, EncodedArray>;
  readonly #decoded = new Map<string, Decoded>();
  readonly #matrices = new Map<string, Matrix>();

  constructor(payload: Payload) {
    this.#entries = new Map(Object.entries(payload ?? {}));
  }

  /** A new view over more keys; what is decoded stays decoded. */
  extended(more: Payload): PayloadView {
    const next = new PayloadView(Object.fromEntries([...this.#entries, ...Object.entries(more)]));
    for (const [key, value] of this.#decoded) if (!(key in more)) next.#decoded.set(key, value);
    for (const [key, value] of this.#matrices) if (!(key in more)) next.#matrices.set(key, value);
    return next;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  array(key: string): Decoded | null {
    const known = this.#decoded.get(key);
    if (known) return known;
    const entry = this.#entries.get(key);
    if (!entry) return null;
    const decoded = decode(entry);
    this.#decoded.set(key, decoded);
    return decoded;
  }

  numbers(key: string): TypedArray | null {
    return this.array(key)?.data ?? null;
  }

  matrix(key: string): Matrix | null {
    const known = this.#matrices.get(key);
    if (known) return known;
    const decoded = this.array(key);
    if (!decoded) return null;
    const [nFeatures = 0, nRows = 0] = decoded.shape;
    const data = decoded.data instanceof Float32Array ? decoded.data : Float32Array.from(decoded.data);
    const matrix: Matrix = {
      data,
      nFeatures,
      nRows,
      feature: (index) => data.subarray(index * nRows, (index + 1) * nRows),
    };
    this.#matrices.set(key, matrix);
    return matrix;
  }

  density(level: Level, output: number): Density | null {
    const counts = this.array(`${level}/density/${output}`);
    const shade = this.array(`${level}/density_x/${output}`);
    const range = this.numbers(`${level}/density_range/${output}`);
    if (!counts || !shade || !range) return null;
    return {
      counts: counts.data as Uint32Array,
      shade: shade.data as Float32Array,
      nBins: counts.shape[1] ?? 0,
      low: range[0] ?? 0,
      high: range[1] ?? 0,
    };
  }
}
