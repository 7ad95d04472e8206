// Makes the development credentials of a compose project, once: NATS' configuration and the password that the services use.
// Whoever sets AEROSTAT_NATS_PASSWORD in the environment (or in .env) gets that one.
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2] ?? "/app/keys";
const given = process.env.AEROSTAT_NATS_PASSWORD ?? "";
const file = join(folder, "nats-password");

/** NATS reads it in quotes: only letters that need no escape. */
if (!/^[A-Za-z0-9._~-]*$/.test(given)) {
  console.error("AEROSTAT_NATS_PASSWORD may have letters, digits and . _ ~ - only");
  process.exit(2);
}

if (given !== "" || !existsSync(file)) {
  const password = given === "" ? randomBytes(24).toString("hex") : given;
  const options = { mode: 0o600 };
  const configuration = [
    "port: 4222",
    "max_payload: 1MB",
    "max_pending: 16MB",
    'write_deadline: "2s"',
    `authorization { user: "aerostat", password: "${password}", timeout: 5 }`,
    "",
  ];
  writeFileSync(join(folder, "nats.conf"), configuration.join("\n"), options);
  writeFileSync(file, password, options);
}
