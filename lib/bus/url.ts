/** Where the NATS server is. */
import { AerostatError } from "../errors.ts";

/** The variable that names it, for processes of ours too: arguments are seen by everybody on the machine, and a URL may hold a password. */
export const NATS_URL = "AEROSTAT_NATS_URL";

/** Without user and password: for messages to users. */
export function shownUrl(url: string): string {
  return url.replaceAll(/\/\/[^@/,]*@/g, "//");
}

/** The servers of a URL, with commas between them; a scheme and port 4222 need not be written. Throws AERO_E_INPUT. */
export function serversOf(url: string): string[] {
  const servers = url.split(",");
  const wrong = servers.find((server) => !isAddress(server));
  if (wrong === undefined) return servers;
  throw new AerostatError("AERO_E_INPUT", `"${shownUrl(wrong)}" is no address of a NATS server; write nats://HOST:4222`);
}

function isAddress(server: string): boolean {
  const written = server.includes("://") ? server : `nats://${server}`;
  if (!URL.canParse(written)) return false;
  const { protocol, hostname } = new URL(written);
  return (protocol === "nats:" || protocol === "tls:") && hostname !== "";
}
