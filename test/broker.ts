/**
 * The NATS server of the integration tests, open to everybody: in a container wherever an engine and the image can be had, and this
 * machine's own nats-server elsewhere.
 */
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from "testcontainers";
import { type Broker, freePort, startNatsServer } from "../lib/bus/server.ts";
import { serverConfig } from "../lib/bus/serverconfig.ts";
import { engineProblem } from "./docker/engine.ts";
import { imageProblem } from "./docker/images.ts";
import { LABEL } from "./docker/standins.ts";

const IMAGE = "nats:2";
const PORT = 4222;
const START_LIMIT_MS = 30_000;

// Its image is not needed for what it does: the tests' label is what their containers are removed by.
process.env.TESTCONTAINERS_RYUK_DISABLED = "true";

export async function startBroker(): Promise<Broker> {
  const contained = (await engineProblem()) === undefined && (await imageProblem(IMAGE)) === undefined;
  return contained ? startContained() : startNatsServer({ open: true });
}

/** Published on loopback alone: the library itself would publish an open server to every network. */
class LoopbackContainer extends GenericContainer {
  protected override beforeContainerCreated = async (): Promise<void> => {
    for (const bindings of Object.values(this.hostConfig.PortBindings ?? {}) as { HostIp?: string }[][]) {
      for (const binding of bindings) binding.HostIp = "127.0.0.1";
    }
  };
}

async function startContained(): Promise<Broker> {
  const port = await freePort();
  const config = { content: serverConfig({ listen: `0.0.0.0:${PORT}` }), target: "/aerostat.conf" };
  const ready = Wait.forLogMessage(/Server is ready/);
  const container = await new LoopbackContainer(IMAGE)
    .withLabels({ [LABEL]: "1" })
    .withCopyContentToContainer([config])
    .withCommand(["--config", config.target])
    // The same after a restart.
    .withExposedPorts({ container: PORT, host: port })
    .withWaitStrategy(ready)
    .withStartupTimeout(START_LIMIT_MS)
    .start();
  return {
    url: `nats://127.0.0.1:${port}`,
    keys: undefined,
    external: false,
    lost: new AbortController().signal,
    restart: (downMs = 0) => restart(container, downMs),
    stop: () => container.stop({ timeout: 0 }).then(() => undefined),
  };
}

/** As startNatsServer does it: SIGKILL, and a new server on the same port. */
async function restart(container: StartedTestContainer, downMs: number): Promise<void> {
  const client = await getContainerRuntimeClient();
  const handle = client.container.getById(container.getId());
  await handle.kill({ signal: "SIGKILL" });
  await handle.wait();
  await new Promise((resolve) => setTimeout(resolve, downMs));
  await handle.start();
}
