// Finds a NATS server, or gets one where that needs no decision of the user's.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, SetupError, say } from "./common.mjs";

/** Debian puts the server where only root's PATH looks. */
const BEYOND_PATH = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];

export function findNatsServer(path = process.env.PATH || "", beyond = BEYOND_PATH) {
  return [...path.split(delimiter), ...beyond]
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "nats-server"))
    .find((path) => existsSync(path));
}

export const NATS_MISSING = [
  "No NATS server was found. Any one of these will do:",
  "  - a running server:   export AEROSTAT_NATS_URL=nats://HOST:4222",
  "  - Debian, Ubuntu:     sudo apt-get install nats-server",
  "  - macOS (Homebrew):   brew install nats-server",
  "  - any other system:   put nats-server from https://nats.io/download on the PATH",
].join("\n");

const mayInstall = () => process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");

export function ensureNats(url = process.env.AEROSTAT_NATS_URL, find = findNatsServer, installable = mayInstall) {
  if (url || find()) return;
  if (!installable()) throw new SetupError(NATS_MISSING);
  say("Installing nats-server (apt-get) ...");
  const apt = (args) =>
    run("apt-get", ["-q", "-y", "-o", "DPkg::Lock::Timeout=120", ...args], `apt-get could not install nats-server.\n${NATS_MISSING}`, {
      DEBIAN_FRONTEND: "noninteractive",
    });
  apt(["update"]);
  apt(["install", "--no-install-recommends", "nats-server"]);
}
