/**
 * NATS' keys, with Node's own Ed25519 (RFC 8032): the library's is JavaScript, and takes a process that has just started tens of
 * milliseconds for each signature.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { fromPublic } from "nkeys.js";
import { type Ed25519Helper, getEd25519Helper, setEd25519Helper } from "nkeys.js/lib/helper.js";

export { createAccount, createOperator, createUser, fromSeed, type KeyPair } from "nkeys.js";

/** What stands before the 32 bytes of a seed in PKCS #8, and before those of a public key in SPKI (RFC 8410). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const KEY_BYTES = 32;

const privateKey = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8, seed.subarray(0, KEY_BYTES)]), format: "der", type: "pkcs8" });
const publicKey = (key: Uint8Array): KeyObject => createPublicKey({ key: Buffer.concat([SPKI, key]), format: "der", type: "spki" });

/** A secret key is the seed and the public key, as the library has it. */
export const nodeEd25519: Pick<Ed25519Helper, "fromSeed" | "sign" | "verify"> = {
  fromSeed: (seed) => {
    const key = createPublicKey(privateKey(seed)).export({ format: "der", type: "spki" }).subarray(-KEY_BYTES);
    return { publicKey: new Uint8Array(key), secretKey: new Uint8Array(Buffer.concat([seed, key])) };
  },
  sign: (data, secretKey) => new Uint8Array(sign(null, data, privateKey(secretKey))),
  verify: (data, signature, key) => verify(null, data, publicKey(key), signature),
};

setEd25519Helper({ ...getEd25519Helper(), ...nodeEd25519 });

/** Base 32 of a prefix, 32 bytes and a checksum. */
const USER_KEY = /^U[A-Z2-7]{55}$/;

/** Whether it is the public key of a user, to which rights can be issued. */
export function isUserKey(text: string): boolean {
  if (!USER_KEY.test(text)) return false;
  try {
    fromPublic(text);
    return true;
  } catch {
    return false;
  }
}
