import { createHmac, timingSafeEqual } from "node:crypto";

export type HmacOptions = {
  secret: string;
  /** What was signed, byte for byte as it arrived. */
  body: Buffer;
  /** As it stands in the header, without any prefix such as `sha256=`. */
  signature: string;
  algorithm?: "sha256" | "sha1" | "sha512";
  encoding?: "hex" | "base64";
};

/** Whether the body was signed with the secret; takes the same time whatever the signature holds. */
export function verifyHmac({
  secret,
  body,
  signature,
  algorithm = "sha256",
  encoding = "hex",
}: HmacOptions): boolean {
  const expected = createHmac(algorithm, secret).update(body).digest();
  const given = Buffer.from(signature, encoding);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
