/** The NATS server's configuration, for a server of our own and for containers. */

export interface ServerConfig {
  /** `HOST:PORT`. */
  readonly listen: string;
  /** More lines: who may connect. */
  readonly lines?: readonly string[];
  /** Paths of PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/**
 * `write_deadline` and `max_pending` cut a subscriber off that does not read, instead of letting it slow down the others;
 * a greeting brings its client's rights, so a control line may be longer than by default.
 */
export function serverConfig({ listen, lines = [], tls }: ServerConfig): string {
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
    "",
  ].join("\n");
}
