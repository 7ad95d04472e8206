// Gets a NATS server where there is none and that needs no decision of the user's.
import { existsSync } from "node:fs";
import { run, SetupError, say } from "./common.mjs";

const mayInstall = () => process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");

/** `server`: the built lib/bus/server.ts, which knows where servers are found and how to get one. */
export function ensureNats(server, url = process.env.AEROSTAT_NATS_URL, installable = mayInstall) {
  if (url || server.findNatsServer()) return;
  if (!installable()) throw new SetupError(server.NATS_MISSING);
  say("Installing nats-server (apt-get) ...");
  const failed = `apt-get could not install nats-server.\n${server.NATS_MISSING}`;
  const apt = (args) =>
    run("apt-get", ["-q", "-y", "-o", "DPkg::Lock::Timeout=120", ...args], failed, { DEBIAN_FRONTEND: "noninteractive" });
  apt(["update"]);
  apt(["install", "--no-install-recommends", "nats-server"]);
}
