/** A message on the wire: what stands under each field number, in order; numbers as bigint, all else as bytes. */
export type Fields = Map<number, (bigint | Buffer)[]>;

/** Reads https://protobuf.dev/programming-guides/encoding/ without a schema. */
export function readFields(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const value = ((): bigint | Buffer => {
      switch (Number(tag & 7n)) {
        case 0:
          return varint();
        case 1:
          return take(8);
        case 2:
          return take(Number(varint()));
        case 5:
          return take(4);
        default:
          throw new Error(`a field of wire type ${tag & 7n} at ${at}`);
      }
    })();
    const number = Number(tag >> 3n);
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

export const messagesIn = (fields: Fields, number: number): Fields[] =>
  (fields.get(number) ?? []).map((value) => readFields(value as Buffer));
export const textIn = (fields: Fields, number: number): string => String(fields.get(number)?.[0] ?? "");
export const hexIn = (fields: Fields, number: number): string =>
  ((fields.get(number)?.[0] ?? Buffer.alloc(0)) as Buffer).toString("hex");
