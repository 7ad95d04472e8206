/** NATS' keys by Node's own Ed25519: as RFC 8032 has it, and bit for bit as the library's own. */
import { fromSeed as libraryFromSeed } from "@nats-io/jwt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createAuthority, newCredentials } from "../../lib/keys/authority.ts";
import { parseCredentials } from "../../lib/keys/identity.ts";
import { createAccount, createUser, fromSeed, nodeEd25519 } from "../../lib/keys/nkeys.ts";
import { roleRights } from "../../lib/keys/permissions.ts";

/** RFC 8032, section 7.1, tests 1 to 3: secret key, public key, message, signature. */
const VECTORS = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
].map((row) => row.map((hex) => new Uint8Array(Buffer.from(hex, "hex"))));

test.each(VECTORS)("vector of RFC 8032", (secret, key, message, signature) => {
  const pair = nodeEd25519.fromSeed(secret as Uint8Array);
  expect(pair.publicKey).toEqual(key);
  expect(nodeEd25519.sign(message as Uint8Array, pair.secretKey)).toEqual(signature);
  expect(nodeEd25519.verify(message as Uint8Array, signature as Uint8Array, key as Uint8Array)).toBe(true);
  expect(nodeEd25519.verify(new Uint8Array([1]), signature as Uint8Array, key as Uint8Array)).toBe(false);
});

test("any key signs any message as the library's own JavaScript does", () => {
  fc.assert(
    fc.property(fc.constantFrom(createUser, createAccount), fc.uint8Array({ maxLength: 200 }), (create, message) => {
      const ours = create();
      const theirs = libraryFromSeed(ours.getSeed());
      expect(ours.getPublicKey()).toBe(theirs.getPublicKey());
      expect(ours.getPrivateKey()).toEqual(theirs.getPrivateKey());
      expect(ours.sign(message)).toEqual(theirs.sign(message));
      expect(ours.verify(message, theirs.sign(message))).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test("what is written as credentials is read as it was, and nothing else is", async () => {
  const { issuer } = await createAuthority();
  const text = new TextDecoder().decode(await newCredentials(issuer, "guest", roleRights("guest")));
  const { jwt, seed, publicKey } = parseCredentials(text);
  expect(jwt.split(".")).toHaveLength(3);
  expect(JSON.parse(Buffer.from(jwt.split(".")[1] as string, "base64url").toString()).sub).toBe(publicKey);
  expect(fromSeed(new TextEncoder().encode(seed)).getPublicKey()).toBe(publicKey);
  expect(parseCredentials(text.replaceAll("\n", "\r\n"))).toEqual({ jwt, seed, publicKey });
  const [first] = text.split("\n\n");
  for (const broken of ["", first as string, text.replace(seed, seed.slice(1)), text.replace(seed, "SUAAAA")])
    expect(() => parseCredentials(broken)).toThrow();
});
