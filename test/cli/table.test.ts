import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { commonOptions, connectionOptions, nameOf, optionsOf } from "#cli/command.ts";
import { renderCommand } from "#cli/help.ts";
import { renderReference } from "#cli/reference.ts";
import { commandTable } from "#cli/table.ts";

const root = new URL("../../", import.meta.url);

describe("the table of commands", () => {
  for (const command of commandTable) {
    const name = nameOf(command);

    it(`${name} has help: purpose, usage, every option, an example of its own, exit codes`, () => {
      const help = renderCommand(command);
      assert.match(command.purpose, /^[A-Z][^\n]{5,}\.$/);
      assert.ok(help.includes(command.purpose));
      assert.ok(help.includes(`Usage: parley ${name}`));
      for (const { name: option } of optionsOf(command)) assert.ok(help.includes(`--${option}`), option);
      for (const { name: argument } of command.arguments) assert.ok(help.includes(argument), argument);
      for (const { line } of command.examples) {
        assert.ok(line.includes(`parley ${name}`), line);
        assert.ok(help.includes(line));
      }
      assert.match(help, /Exit codes:\n {2}0 {2}done/);
      for (const line of help.split("\n")) if (!line.includes("parley ")) assert.ok(line.length <= 104, line);
    });

    it(`${name} has code, or is the launcher's`, async () => {
      if (command.carrier.by === "cli") assert.equal(typeof (await command.carrier.load()), "function");
      else assert.ok(["up", "doctor", "restore"].includes(name));
    });
  }

  it("gives an option the same form in every command", () => {
    const forms = new Map<string, string>();
    for (const { name, form, short } of commandTable.flatMap((command) => optionsOf(command))) {
      const shape = `${form} ${short}`;
      assert.equal(forms.get(name) ?? shape, shape, name);
      forms.set(name, shape);
    }
  });

  it("gives no option the name of a common one", () => {
    const taken = [...commonOptions, ...connectionOptions].map(({ name }) => name);
    for (const { options } of commandTable) for (const { name } of options) assert.ok(!taken.includes(name), name);
  });

  it("names every command once", () => {
    const names = commandTable.map(nameOf);
    assert.deepEqual([...new Set(names)], names);
  });
});

describe("docs/cli.md", () => {
  it("is what the table says (else: node test/cli/write-reference.ts)", () => {
    assert.equal(readFileSync(new URL("docs/cli.md", root), "utf8"), renderReference());
  });
});

describe("the room", () => {
  const imports = globSync("src/cli/**/*.ts", { cwd: root }).flatMap((file) => {
    const source = readFileSync(new URL(file, root), "utf8");
    const found = source.matchAll(/^import (type )?[^;]*? from "([^"]+)";|import\("([^"]+)"\)/gm);
    return [...found].map(([, type, from, lazy]) => ({
      file,
      from: from ?? lazy ?? "",
      kind: lazy ? "lazy" : (type ?? "value"),
    }));
  });

  it("is looked at as a whole", () => {
    assert.ok(imports.length > 100);
  });

  it("imports the protocol, the ports, Node.js, and yaml when a file is read", () => {
    const foreign = imports.filter(({ from, kind }) => {
      return !/^(\.|node:|#protocol\/|#ports\/)/.test(from) && !(from === "yaml" && kind === "lazy");
    });
    assert.deepEqual(foreign, []);
  });

  it("takes only types from protocol files that load the schema library: it would cost a start 80 ms", () => {
    const loaded = imports.filter(({ from, kind }) => from.startsWith("#protocol/") && kind === "value");
    for (const { file, from } of loaded) {
      const source = readFileSync(new URL(`src/protocol/${from.replace("#protocol/", "")}`, root), "utf8");
      assert.ok(!source.includes('"typebox"'), `${file} imports ${from}`);
    }
  });
});
