/** The wire contract's gates really close: buf's lint and its comparison with the accepted image. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { root } from "../../scripts/common.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aerostat-proto-"));
  for (const path of ["proto", "buf.yaml"]) cpSync(join(root, path), join(folder, path), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const buf = (...args: string[]) => {
  const done = spawnSync(process.execPath, [join(root, "node_modules/@bufbuild/buf/bin/buf"), ...args], { cwd: folder, encoding: "utf8" });
  return { status: done.status, output: done.stdout + done.stderr };
};
const breaking = () => buf("breaking", "--against", "proto/image/aerostat.binpb");

function edit(path: string, from: string, to: string): void {
  const text = readFileSync(join(folder, path), "utf8");
  expect(text).toContain(from);
  writeFileSync(join(folder, path), text.replace(from, to));
}

test("the contract is clean as it stands", () => {
  expect(buf("lint")).toEqual({ status: 0, output: "" });
  expect(breaking()).toEqual({ status: 0, output: "" });
});

test("a field whose type changes breaks", () => {
  edit("proto/aerostat/v1/balloon.proto", "uint32 target_pages = 2;", "string target_pages = 2;");
  expect(breaking().output).toMatch(/balloon\.proto.*target_pages.*changed type/);
});

test("a field that goes without reserving its number breaks", () => {
  edit("proto/aerostat/v1/balloon.proto", "  double decided_at_ns = 3;\n", "");
  expect(breaking().output).toMatch(/Previously present field "3"/);
});

test("a new field breaks nothing", () => {
  edit("proto/aerostat/v1/balloon.proto", "double decided_at_ns = 3;", "double decided_at_ns = 3;\n  double more_ns = 99;");
  expect(breaking()).toEqual({ status: 0, output: "" });
});

test("a badly named field is found by lint", () => {
  edit("proto/aerostat/v1/balloon.proto", "double decided_at_ns = 3;", "double decidedAtNs = 3;");
  expect(buf("lint").output).toContain('"decidedAtNs" should be lower_snake_case');
});
