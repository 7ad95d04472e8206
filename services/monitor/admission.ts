/** Who may read the monitor's pages: everybody on this machine, and elsewhere who has the token. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { AerostatError } from "../../lib/errors.ts";

/** Environment variable with the token. */
export const HTTP_TOKEN = "AEROSTAT_HTTP_TOKEN";
const LEAST_LENGTH = 16;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * The token that requests must bring; undefined: none. Throws where the pages would be open to other machines and nobody has
 * asked for that. `isOpen`: somebody has.
 */
export function tokenFor(host: string, token: string | undefined, isOpen: boolean): string | undefined {
  if (token !== undefined && token.length < LEAST_LENGTH) {
    throw new AerostatError("AERO_E_INPUT", `${HTTP_TOKEN} has ${token.length} characters; at least ${LEAST_LENGTH} are needed`);
  }
  if (token === undefined && !isOpen && !LOOPBACK.test(host)) {
    const ways = `set ${HTTP_TOKEN} to at least ${LEAST_LENGTH} characters, or say --http-open where only trusted ones can reach it`;
    throw new AerostatError("AERO_E_INPUT", `--http ${host}: other machines could read the monitor's pages; ${ways}`);
  }
  return token;
}

/** As `Authorization: Bearer TOKEN`, or as the password of Basic, which a browser asks for. */
export function admits(token: string, request: IncomingMessage): boolean {
  const [scheme, given = ""] = (request.headers.authorization ?? "").split(" ", 2);
  if (scheme?.toLowerCase() === "bearer") return equal(token, given);
  if (scheme?.toLowerCase() !== "basic") return false;
  const pair = Buffer.from(given, "base64").toString("utf8");
  return equal(token, pair.slice(pair.indexOf(":") + 1));
}

/** Takes the same time wherever they differ. */
function equal(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
