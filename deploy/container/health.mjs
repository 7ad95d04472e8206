// Healthy: the container's first process is running, not stopped, and, where it is a service, holds a connection to the bus;
// the monitor answers /healthz too. Exit code 0 or 1, the reason on stdout (docker inspect shows it).
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const SERVICES = ["guest", "hypervisor", "monitor", "conductor"];
/** proc(5): state ESTABLISHED in /proc/net/tcp. */
const ESTABLISHED = "01";

/** Name of the service in a command line as /proc gives it; undefined for another command. */
export function serviceOf(cmdline) {
  return cmdline.split("\0").find((word) => SERVICES.includes(word));
}

/** proc(5), /proc/PID/stat: the state follows the name in parentheses, which may hold anything. */
export function stateOf(stat) {
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
}

/** Whether a table of /proc/net/tcp has an established connection to a port. */
export function isConnected(table, port) {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table.split("\n").some((line) => {
    const [, , to, state] = line.trim().split(/\s+/);
    return to?.endsWith(remote) && state === ESTABLISHED;
  });
}

async function problem() {
  const state = stateOf(readFileSync("/proc/1/stat", "utf8"));
  if (state === "T" || state === "Z") return `the process is stopped (state ${state})`;
  const service = serviceOf(readFileSync("/proc/1/cmdline", "utf8"));
  if (service === undefined) return undefined;
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFileSync(path, "utf8")).join("\n");
  if (!isConnected(tables, 4222)) return "no connection to the bus";
  if (service !== "monitor") return undefined;
  const answer = await fetch("http://127.0.0.1:8080/healthz");
  return answer.ok ? undefined : `/healthz answers ${answer.status}`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const found = await problem().catch((error) => error.message);
  console.log(found ?? "healthy");
  process.exitCode = found === undefined ? 0 : 1;
}
