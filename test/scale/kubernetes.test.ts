/** deploy/kubernetes against the published schemas, and against what the project itself says. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { configurationIn, createKeyring } from "../../lib/keys/keyring.ts";
import { root } from "../../scripts/common.mjs";
import { aerostat } from "../cli/helpers.ts";

const folder = join(root, "deploy/kubernetes");
const base = mkdtempSync(join(tmpdir(), "aerostat-kubernetes-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

// biome-ignore lint/suspicious/noExplicitAny: manifests are as free as YAML is.
type Manifest = any;
const load = createRequire(import.meta.url);

/** kubernetes-models has a class for each kind, with a check made from the published schema: it throws what does not fit. */
function validate(manifest: Manifest): void {
  const { apiVersion, kind } = manifest;
  const Model = load(`kubernetes-models/${apiVersion}/${kind}`)[kind];
  new Model(manifest).validate();
}

function documentsOf(text: string): Manifest[] {
  return parseAllDocuments(text, { merge: true }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

const files = readdirSync(folder).filter((name) => name.endsWith(".yaml") && name !== "kustomization.yaml");
const manifests = files.flatMap((file) => documentsOf(readFileSync(join(folder, file), "utf8")));
const workloads = manifests.filter(({ kind }) => ["Deployment", "StatefulSet", "Job"].includes(kind));
const named = (kind: string, name: string): Manifest => manifests.find((one) => one.kind === kind && one.metadata.name === name);

test.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest]))(
  "%s is of the published schema",
  (_name, manifest) => {
    validate(manifest);
  },
);

test("a manifest with a mistake is not", () => {
  const wrong = structuredClone(named("Deployment", "guest"));
  wrong.spec.replicas = "sixteen";
  expect(() => validate(wrong)).toThrow(/replicas/);
});

test("kustomization.yaml names every file", () => {
  const { resources } = documentsOf(readFileSync(join(folder, "kustomization.yaml"), "utf8"))[0];
  expect([...resources].sort()).toEqual([...files].sort());
});

const kubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;
test("kubectl puts it together, with the keys that `aerostat keys` makes", async ({ skip }) => {
  if (!kubectl) return skip("no kubectl is installed here");
  cpSync(folder, base, { recursive: true });
  await createKeyring(join(base, "keys"), { listen: "0.0.0.0:4222" });
  const done = spawnSync("kubectl", ["kustomize", base], { encoding: "utf8" });
  expect([done.status, done.stderr]).toEqual([0, ""]);
  const built = documentsOf(done.stdout);
  for (const manifest of built.filter(({ kind }) => kind !== "Secret")) validate(manifest);
  const secrets = built.filter(({ kind }) => kind === "Secret").map(({ metadata }) => metadata.name);
  for (const { spec } of built.filter(({ kind }) => ["Deployment", "StatefulSet", "Job"].includes(kind))) {
    for (const { secret } of spec.template.spec.volumes) if (secret) expect(secrets).toContain(secret.secretName);
  }
});

test("the servers find one another, and know one another by a password that the Secret alone has", async () => {
  const { spec } = named("StatefulSet", "nats");
  const { args } = spec.template.spec.containers[0];
  expect(args).toEqual(["--config=/app/keys/nats/server.conf", "--name=$(POD_NAME)", "--http_port=8222"]);
  const text = readFileSync(join(folder, "kustomization.yaml"), "utf8");
  const [, words] = /npx aerostat keys deploy\/kubernetes\/keys (.*\\\n#.*)\n/.exec(text) as RegExpExecArray;
  const keys = join(base, "cluster");
  const told = (words as string).replace("\\\n#", " ").trim().split(/\s+/);
  expect(await aerostat("keys", keys, ...told)).toMatchObject({ code: 0 });
  const configuration = readFileSync(configurationIn(keys), "utf8");
  const [, password] = /authorization: \{ user: routes, password: "([\w-]{32})"/.exec(configuration) as RegExpExecArray;
  for (let i = 0; i < spec.replicas; i++) expect(configuration).toContain(`nats://routes:${password}@nats-${i}.${spec.serviceName}:6222`);
  expect(configuration).toContain('listen: "0.0.0.0:6222"');
  const wrong = await aerostat("keys", join(base, "wrong"), "--cluster", "a:1", "--cluster", "b:2");
  expect(wrong).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--cluster: ports 1 and 2; the servers of a cluster have one port"),
  });
});

describe("every workload", () => {
  test.each(workloads.map((workload) => [workload.metadata.name, workload]))(
    "%s is limited, locked down, and sees its own keys",
    (name, { spec }) => {
      const pod = spec.template.spec;
      expect(pod).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
      expect(pod.containers).toHaveLength(1);
      const [container] = pod.containers;
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(Object.keys(container.resources.limits).sort()).toEqual(["cpu", "memory"]);
      expect(container.livenessProbe).toBeDefined();
      const keys = container.volumeMounts.filter(({ mountPath }: Manifest) => mountPath.startsWith("/app/keys"));
      expect(keys).toEqual([{ name: "keys", mountPath: `/app/keys/${name}`, readOnly: true }]);
      const { secret } = pod.volumes.find((volume: Manifest) => volume.name === "keys");
      expect(secret.secretName).toBe(`keys-${name}`);
      const allowed = named("NetworkPolicy", "services-to-bus").spec.podSelector.matchExpressions[0].values;
      expect([...allowed, "nats"]).toContain(spec.template.metadata.labels["app.kubernetes.io/name"]);
    },
  );

  test.each(["conductor", "hypervisor", "guest", "monitor"])("%s's words are a command line of aerostat", async (name) => {
    const { args } = workloads.find(({ metadata }) => metadata.name === name).spec.template.spec.containers[0];
    const { code, stderr } = await aerostat(...args, "--nats", "nats://127.0.0.1:9", "--wrong-option");
    // Everything before the wrong option was right.
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("unknown option '--wrong-option'") });
  });
});
