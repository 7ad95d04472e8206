/** Dockerfile, docker-compose.yml and what runs in the containers, as far as they can be checked without an engine. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { isConnected, serviceOf, stateOf } from "../../deploy/container/health.mjs";
import { SMALL_HEAP } from "../../lib/federate/launch.ts";
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

describe("docker-compose.yml", () => {
  test("has the services, each of the project's own running its own command", () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      "conductor",
      "grafana",
      "guest",
      "hypervisor",
      "keys",
      "monitor",
      "nats",
      "operator",
      "prometheus",
    ]);
    for (const name of ["conductor", "guest", "hypervisor", "monitor"]) {
      expect(compose.services[name]).toMatchObject({ image: "aerostat", build: "." });
      expect(compose.services[name]?.command?.[0]).toBe(name);
    }
  });

  test("guests have the small heap of those that the launcher starts", () => {
    expect(compose.services.guest?.environment?.NODE_OPTIONS).toBe(SMALL_HEAP.join(" "));
    const kubernetes = readFileSync(join(root, "deploy/kubernetes/guest.yaml"), "utf8");
    expect(kubernetes).toContain(`{ name: NODE_OPTIONS, value: ${SMALL_HEAP.join(" ")} }`);
  });

  test("guests can be scaled: no fixed name, no fixed port", () => {
    expect(compose.services.guest).not.toHaveProperty("container_name");
    expect(compose.services.guest).not.toHaveProperty("ports");
  });

  test("NATS is reached on an internal network alone, and the page on loopback alone", () => {
    expect(compose.networks.bus?.internal).toBe(true);
    expect(compose.services.nats?.networks).toEqual(["bus"]);
    const published = Object.entries(compose.services).filter(([, service]) => service.ports !== undefined);
    expect(published.map(([name, service]) => [name, service.ports])).toEqual([
      ["monitor", ["127.0.0.1:8080:8080"]],
      ["prometheus", ["127.0.0.1:9090:9090"]],
      ["grafana", ["127.0.0.1:3000:3000"]],
    ]);
  });

  test("no credential is an argument, a default or in the environment of a service", () => {
    for (const { command = [], entrypoint = [] } of Object.values(compose.services)) {
      expect([...command, ...entrypoint].join(" ").replace("${AEROSTAT_SPEED:-4}", "4")).not.toMatch(/password|secret|token|nats:\/\/|\$/i);
    }
    expect(text.match(/\$\{[^}]*\}/g)).toEqual(["${AEROSTAT_SPEED:-4}"]);
  });

  test("each service sees the keys of its own role alone", () => {
    for (const name of ["nats", "conductor", "guest", "hypervisor", "monitor", "operator"]) {
      const keys = (compose.services[name]?.volumes ?? []).filter((volume) => volume.startsWith("keys"));
      expect(keys).toEqual([`keys-${name}:/app/keys/${name}:ro`]);
    }
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
    expect(last).toMatch(/^ENTRYPOINT \["node", "dist\/cli\/main\.js"\]$/m);
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

describe("health", () => {
  test("reads proc(5)", () => {
    expect(serviceOf("node\0dist/cli/main.js\0guest\0--run\0x\0")).toBe("guest");
    expect(serviceOf("node\0dist/cli/main.js\0run\0x.yaml\0")).toBeUndefined();
    expect(stateOf("1 (node (x) T) S 0 1")).toBe("S");
    const head = "  sl  local_address rem_address   st tx_queue\n";
    expect(isConnected(`${head}   0: 0100007F:A1B2 0200A8C0:107E 01 00000000`, 4222)).toBe(true);
    expect(isConnected(`${head}   0: 0100007F:A1B2 0200A8C0:107E 06 00000000`, 4222)).toBe(false);
    expect(isConnected(`${head}   0: 0100007F:107E 0200A8C0:A1B2 01 00000000`, 4222)).toBe(false);
  });
});
