/** The NATS server's configuration, for a server of our own, for containers and for those of a cluster. */

export interface ClusterConfig {
  /** Where it listens for the other servers, `HOST:PORT`. */
  readonly listen: string;
  /** All servers of the cluster as they reach one another, `HOST:PORT`; its own may be among them. */
  readonly routes: readonly string[];
  /** What they know one another by: whoever joins can say and hear everything. */
  readonly password: string;
}

export interface ServerConfig {
  /** `HOST:PORT`. */
  readonly listen: string;
  /** More lines: who may connect. */
  readonly lines?: readonly string[];
  /** Paths of PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  readonly cluster?: ClusterConfig | undefined;
}

/**
 * `write_deadline` and `max_pending` cut a subscriber off that does not read, instead of letting it slow down the others;
 * a greeting brings its client's rights, so a control line may be longer than by default.
 */
export function serverConfig({ listen, lines = [], tls, cluster }: ServerConfig): string {
  return [
    `listen: "${listen}"`,
    "max_payload: 1MB",
    "max_pending: 16MB",
    'write_deadline: "2s"',
    "max_control_line: 256KB",
    "max_connections: 65536",
    'ping_interval: "20s"',
    ...lines,
    ...(tls === undefined ? [] : [`tls: { cert_file: "${tls.certificate}", key_file: "${tls.key}", timeout: 5 }`]),
    ...(cluster === undefined ? [] : clusterLines(cluster)),
    "",
  ].join("\n");
}

function clusterLines({ listen, routes, password }: ClusterConfig): string[] {
  return [
    "cluster: {",
    "  name: aerostat",
    `  listen: "${listen}"`,
    `  authorization: { user: routes, password: "${password}", timeout: 5 }`,
    ...routes.map((route, i) => `  ${i === 0 ? "routes: [" : "         "} "nats://routes:${password}@${route}"`),
    "  ]",
    "}",
  ];
}
