/** Bytes of the wire → typed arrays. Views where the alignment allows it, copies elsewhere. */
import type { EncodedArray, StaticState } from "./protocol";

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): TypedArray;
}

const TYPES: Record<EncodedArray["dtype"], ArrayType> = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
};

export interface Decoded<T extends TypedArray = TypedArray> {
  readonly shape: readonly number[];
  readonly data: T;
}

export function isEncoded(value: unknown): value is EncodedArray {
  if (typeof value !== "object" || value === null) return false;
  const leaf = value as Partial<EncodedArray>;
  return typeof leaf.dtype === "string" && Array.isArray(leaf.shape) && leaf.data !== undefined;
}

function bytesOf(data: EncodedArray["data"]): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Decode one array. Throws where the bytes do not fill the shape: a wrong picture is worse than none. */
export function decode(encoded: EncodedArray): Decoded {
  const type = TYPES[encoded.dtype];
  if (!type) throw new TypeError(`unknown dtype ${String(encoded.dtype)}`);
  const length = encoded.shape.reduce((product, size) => product * size, 1);
  let bytes = bytesOf(encoded.data);
  if (bytes.byteLength !== length * type.BYTES_PER_ELEMENT) {
    const shape = encoded.shape.join("×");
    throw new RangeError(`${bytes.byteLength} bytes do not hold ${shape} values of ${encoded.dtype}`);
  }
  if (bytes.byteOffset % type.BYTES_PER_ELEMENT !== 0) bytes = bytes.slice();
  return { shape: encoded.shape, data: new type(bytes.buffer, bytes.byteOffset, length) };
}

/** Decode to numbers of one type; converts where Python chose another. */
export function decodeFloats(encoded: EncodedArray): Float64Array {
  const { data } = decode(encoded);
  return data instanceof Float64Array ? data : Float64Array.from(data);
}

export function encode(data: TypedArray, shape: number[] = [data.length]): EncodedArray {
  for (const [dtype, type] of Object.entries(TYPES)) {
    if (data instanceof (type as unknown as new () => TypedArray)) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      return { dtype: dtype as EncodedArray["dtype"], shape, data: bytes };
    }
  }
  throw new TypeError("not a typed array of the wire");
}

/** Row positions of the `selection` trait, whatever the host made of the bytes. */
export function decodePositions(value: unknown): Uint32Array {
  if (value === null || value === undefined) return new Uint32Array(0);
  if (Array.isArray(value)) return Uint32Array.from(value as number[]);
  if (isEncoded(value)) return Uint32Array.from(decode(value).data);
  const view = value as DataView | ArrayBuffer | Uint8Array;
  const bytes = bytesOf(view);
  if (bytes.byteLength % 4 !== 0) throw new RangeError("selection is not made of uint32 positions");
  return new Uint32Array(bytes.slice().buffer);
}

export function encodePositions(positions: Uint32Array): DataView {
  const copy = positions.slice();
  return new DataView(copy.buffer, 0, copy.byteLength);
}

interface Leaf {
  dtype: EncodedArray["dtype"];
  shape: number[];
}

function replaceLeaves(
  value: unknown,
  bytesFor: (leaf: Record<string, unknown>) => Uint8Array | null,
): unknown {
  if (Array.isArray(value)) return value.map((item) => replaceLeaves(item, bytesFor));
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value;
  const record = value as Record<string, unknown>;
  if (typeof record.dtype === "string" && Array.isArray(record.shape)) {
    const data = bytesFor(record);
    if (data) return { dtype: (record as unknown as Leaf).dtype, shape: record.shape, data };
  }
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(record)) copy[key] = replaceLeaves(item, bytesFor);
  return copy;
}

/** `{dtype, shape, buffer: i}` leaves of a reply → EncodedArray with the bytes of the message's buffers. */
export function attachBuffers(result: unknown, buffers: readonly (DataView | ArrayBuffer)[]): unknown {
  return replaceLeaves(result, (leaf) => {
    if (typeof leaf.buffer !== "number") return null;
    const buffer = buffers[leaf.buffer];
    if (buffer === undefined) throw new RangeError(`the reply lacks buffer ${leaf.buffer}`);
    return bytesOf(buffer as DataView);
  });
}

async function gunzip(base64: string): Promise<Uint8Array> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Traits of a state at rest, with binary leaves as EncodedArray. */
export async function decodeState(state: StaticState): Promise<Record<string, unknown>> {
  if (state.format !== "interpret-widget/state" || state.version !== 1) {
    throw new TypeError("not a saved interpret-widget state of version 1");
  }
  const bytes = state.buffers ? await gunzip(state.buffers) : new Uint8Array(0);
  return replaceLeaves(state.state, (leaf) => {
    if (typeof leaf.offset !== "number" || typeof leaf.length !== "number") return null;
    return bytes.subarray(leaf.offset, leaf.offset + leaf.length);
  }) as Record<string, unknown>;
}
