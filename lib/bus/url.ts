/** Where the NATS server is. */

/** The variable that names it, for processes of ours too: arguments are seen by everybody on the machine, and a URL may hold a password. */
export const NATS_URL = "AEROSTAT_NATS_URL";

/** Without user and password: for messages to users. */
export function shownUrl(url: string): string {
  return url.replaceAll(/\/\/[^@/,]*@/g, "//");
}
