/** Dockerfile, docker-compose.yml and what runs in the containers, as far as they can be checked without an engine. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { isConnected, serviceOf, stateOf } from "../../deploy/container/health.mjs";
import { findNatsServer } from "../../lib/bus/server.ts";
import { root } from "../../scripts/common.mjs";

interface Service {
  readonly command?: string[];
  readonly entrypoint?: string[];
  readonly environment?: Record<string, string>;
  readonly volumes?: string[];
  readonly networks?: string[];
  readonly ports?: string[];
  readonly build?: string;
  readonly image?: string;
  readonly container_name?: string;
}

const text = readFileSync(join(root, "docker-compose.yml"), "utf8");
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; networks: Record<string, { internal?: boolean }> };
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "aerostat-containers-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("docker-compose.yml", () => {
  test("has the services, each of the project's own running its own command", () => {
    expect(Object.keys(compose.services).sort()).toEqual(["conductor", "guest", "hypervisor", "keys", "monitor", "nats"]);
    for (const name of ["conductor", "guest", "hypervisor", "monitor"]) {
      expect(compose.services[name]).toMatchObject({ image: "aerostat", build: "." });
      expect(compose.services[name]?.command?.[0]).toBe(name);
    }
  });

  test("guests can be scaled: no fixed name, no fixed port", () => {
    expect(compose.services.guest).not.toHaveProperty("container_name");
    expect(compose.services.guest).not.toHaveProperty("ports");
  });

  test("NATS is reached on an internal network alone, and the page on loopback alone", () => {
    expect(compose.networks.bus?.internal).toBe(true);
    expect(compose.services.nats?.networks).toEqual(["bus"]);
    const published = Object.entries(compose.services).filter(([, service]) => service.ports !== undefined);
    expect(published.map(([name, service]) => [name, service.ports])).toEqual([["monitor", ["127.0.0.1:8080:8080"]]]);
  });

  test("no credential is an argument, a default or in the environment of a service", () => {
    for (const { command = [], entrypoint = [] } of Object.values(compose.services)) {
      expect([...command, ...entrypoint].join(" ").replace("${AEROSTAT_SPEED:-4}", "4")).not.toMatch(/password|secret|token|nats:\/\/|\$/i);
    }
    expect(text.match(/\$\{[^}]*\}/g)).toEqual(["${AEROSTAT_NATS_PASSWORD:-}", "${AEROSTAT_SPEED:-4}"]);
  });

  test("every folder that a service is told of is in its image or a volume of it", () => {
    const copied = [...dockerfile.matchAll(/^COPY (?:--from=\S+ )?(\S+)/gm)].map((match) => (match[1] as string).replace("/app/", ""));
    for (const { entrypoint = [] } of Object.values(compose.services)) {
      for (const path of entrypoint.filter((word) => word.includes("/"))) {
        expect(
          copied.some((folder) => path.startsWith(folder)),
          path,
        ).toBe(true);
        expect(existsSync(join(root, path)), path).toBe(true);
      }
    }
  });

  const clients = [["docker", "compose"], ["docker-compose"]].filter(
    ([command, ...args]) => spawnSync(command as string, [...args, "version"]).status === 0,
  );
  test("a compose client accepts it", ({ skip }) => {
    const [client] = clients;
    if (client === undefined) return skip("neither `docker compose` nor docker-compose is installed here");
    const [command, ...args] = client;
    const done = spawnSync(command as string, [...args, "config", "--quiet"], { cwd: root, encoding: "utf8" });
    expect([done.status, done.stderr]).toEqual([0, ""]);
  });
});

describe("Dockerfile", () => {
  test("uses nothing that only BuildKit knows", () => {
    expect(dockerfile).not.toMatch(/^# *syntax=|--mount=|<<[A-Z]|COPY --(?:link|chmod|parents|exclude)|ADD --/m);
  });

  test("runs as a user without rights, gets signals itself, and is asked for its health", () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf("\nFROM"));
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^ENTRYPOINT \["node", "deploy\/container\/entry\.mjs"\]$/m);
    expect(last).toMatch(/^HEALTHCHECK [^\n]*CMD \["node", "deploy\/container\/health\.mjs"\]$/m);
    expect(last).not.toMatch(/npm (ci|install)/);
  });

  test("everything that the build needs passes .dockerignore, and little else", () => {
    const ignore = readFileSync(join(root, ".dockerignore"), "utf8").trim().split("\n");
    expect(ignore[0]).toBe("**");
    const passed = ignore.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    for (const path of passed) expect(existsSync(join(root, path)), path).toBe(true);
    const build = JSON.parse(readFileSync(join(root, "tsconfig.build.json"), "utf8"));
    for (const include of build.include) expect(passed).toContain(include.split("/")[0]);
    expect(passed).not.toContain("test");
  });
});

describe("credentials", () => {
  const keys = (into: string, given = "") => {
    const env = { ...process.env, AEROSTAT_NATS_PASSWORD: given };
    return spawnSync(process.execPath, [join(root, "deploy/container/keys.mjs"), into], { encoding: "utf8", env });
  };
  const password = () => readFileSync(join(folder, "nats-password"), "utf8");

  test("are generated once, unlike each other, and for their owner alone", () => {
    expect(keys(folder).status).toBe(0);
    const first = password();
    expect(first).toMatch(/^[0-9a-f]{48}$/);
    expect(readFileSync(join(folder, "nats.conf"), "utf8")).toContain(`user: "aerostat", password: "${first}"`);
    for (const name of ["nats-password", "nats.conf"]) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    keys(folder);
    expect(password()).toBe(first);
    rmSync(join(folder, "nats-password"));
    keys(folder);
    expect(password()).not.toBe(first);
  });

  const binary = findNatsServer();
  test("are what a NATS server asks for", ({ skip }) => {
    if (binary === undefined) return skip("no nats-server is installed here");
    const done = spawnSync(binary, ["-t", "-c", join(folder, "nats.conf")], { encoding: "utf8" });
    expect([done.status, done.stderr]).toEqual([0, expect.stringContaining("is valid")]);
  });

  test("can be given, without characters that would need an escape", () => {
    expect(keys(folder, "given-1").status).toBe(0);
    expect(password()).toBe("given-1");
    const refused = keys(folder, 'a"b');
    expect([refused.status, refused.stderr]).toEqual([2, "AEROSTAT_NATS_PASSWORD may have letters, digits and . _ ~ - only\n"]);
  });
});

describe("health", () => {
  test("reads proc(5)", () => {
    expect(serviceOf("node\0deploy/container/entry.mjs\0guest\0--run\0x\0")).toBe("guest");
    expect(serviceOf("node\0deploy/container/entry.mjs\0run\0x.yaml\0")).toBeUndefined();
    expect(stateOf("1 (node (x) T) S 0 1")).toBe("S");
    const head = "  sl  local_address rem_address   st tx_queue\n";
    expect(isConnected(`${head}   0: 0100007F:A1B2 0200A8C0:107E 01 00000000`, 4222)).toBe(true);
    expect(isConnected(`${head}   0: 0100007F:A1B2 0200A8C0:107E 06 00000000`, 4222)).toBe(false);
    expect(isConnected(`${head}   0: 0100007F:107E 0200A8C0:A1B2 01 00000000`, 4222)).toBe(false);
  });
});
