/** The monitor's HTTP server: /, /api/state, /metrics and /healthz, read-only, on loopback unless told otherwise. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AerostatError } from "../../lib/errors.ts";
import { admits } from "./admission.ts";
import type { Aggregator } from "./aggregate/aggregator.ts";
import { liveView } from "./live.ts";
import { metricsOf } from "./metrics-page.ts";
import { LIVE_PAGE, LIVE_POLICY } from "./report/livepage.ts";

export interface HttpOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** What every request must bring, but for /healthz; absent: nothing. */
  readonly token?: string | undefined;
  /** Told of errors that no client sees. */
  readonly onError?: (error: unknown) => void;
}

/** What the pages are about. */
export interface Shown {
  readonly aggregator: Aggregator;
  /** What /api/state says of the run. */
  readonly run: { readonly id: string; readonly clock: string; readonly bus: string; readonly version: string };
  /** "starting", "running", "finished": part of /api/state and /healthz. */
  readonly condition?: () => string;
}

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Until then every page answers 503: there is no run yet. */
  show(shown: Shown): void;
  close(): Promise<void>;
}

const HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
};
const STRICT_POLICY = "default-src 'none'; frame-ancestors 'none'";

interface Answer {
  readonly type: string;
  readonly body: string;
  readonly policy?: string;
}

type Route = () => Answer | Promise<Answer>;

/** Listens; rejects with AERO_E_INPUT where the port is taken or not allowed. */
export async function startHttp(options: HttpOptions = {}): Promise<HttpServer> {
  const host = options.host ?? "127.0.0.1";
  const server = createServer({ maxHeaderSize: 8 * 1024, requestTimeout: 5_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 });
  server.maxConnections = 128;
  // A client that does not read its answer is cut off.
  server.setTimeout(10_000, (socket) => socket.destroy());
  let routes: ReadonlyMap<string, Route> | undefined;
  server.on("request", (request, response) => {
    answer(routes, options.token, request, response).catch((error: unknown) => {
      options.onError?.(error);
      if (response.headersSent) response.destroy();
      else send(response, 500, { type: "text/plain; charset=utf-8", body: "internal error\n" });
    });
  });
  await listening(server, host, options.port ?? 0);
  // Such as no descriptor for one more connection: those that there are go on.
  server.on("error", (error) => options.onError?.(error));
  const { port } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  return { host, port, url: `http://${name}:${port}/`, show: (shown) => (routes = routesOf(shown)), close: () => closed(server) };
}

function routesOf({ aggregator, run, condition = () => "running" }: Shown): ReadonlyMap<string, Route> {
  const metrics = metricsOf(aggregator);
  const state = (): string => {
    const { gaps, names } = aggregator;
    const last = gaps.gaps.slice(-20).map((gap) => ({ ...gap, name: names[gap.source] as string }));
    const telemetry = { messages: aggregator.messages, lost: gaps.lost, refused: gaps.refused, gapsSeen: gaps.gapsSeen, latestGaps: last };
    return JSON.stringify({ run, condition: condition(), live: liveView(aggregator), telemetry, events: aggregator.events.counts() });
  };
  const json = "application/json; charset=utf-8";
  return new Map<string, Route>([
    ["/", () => ({ type: "text/html; charset=utf-8", body: LIVE_PAGE, policy: LIVE_POLICY })],
    ["/api/state", () => ({ type: json, body: `${state()}\n` })],
    ["/metrics", async () => ({ type: metrics.contentType, body: await metrics.render() })],
    ["/healthz", () => ({ type: json, body: `${JSON.stringify({ status: "ok", condition: condition(), nowNs: aggregator.nowNs })}\n` })],
  ]);
}

async function answer(
  routes: ReadonlyMap<string, Route> | undefined,
  token: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = { type: "text/plain; charset=utf-8" };
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    // Nothing is read of what comes with it.
    response.setHeader("Connection", "close");
    send(response, 405, { ...text, body: "only GET is answered here\n" });
    return;
  }
  const path = (request.url ?? "/").split("?", 1)[0] as string;
  if (token !== undefined && path !== "/healthz" && !admits(token, request)) {
    response.setHeader("WWW-Authenticate", 'Basic realm="aerostat", charset="UTF-8"');
    send(response, 401, { ...text, body: "this page asks for the token: as a bearer, or as the password of any user\n" });
    return;
  }
  if (routes === undefined) {
    send(response, 503, { ...text, body: "this monitor has no run yet\n" });
    return;
  }
  const route = routes.get(path);
  if (route === undefined) send(response, 404, { ...text, body: "there is /, /api/state, /metrics and /healthz\n" });
  else send(response, 200, await route(), request.method === "HEAD");
}

function send(response: ServerResponse, status: number, { type, body, policy = STRICT_POLICY }: Answer, headOnly = false): void {
  response.writeHead(status, {
    ...HEADERS,
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
    "Content-Security-Policy": policy,
  });
  response.end(headOnly ? undefined : body);
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => {
      const reason = cause.code === "EADDRINUSE" ? "another program listens there; choose another port" : cause.message;
      reject(new AerostatError("AERO_E_INPUT", `the monitor's HTTP server can not listen on ${host}, port ${port}: ${reason}`, { cause }));
    };
    server.once("error", failed).listen(port, host, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
