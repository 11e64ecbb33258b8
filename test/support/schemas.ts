// The published JSON Schemas as checks. Without the shared folder every check passes: suites say so in a skipped test.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";
import { sharedSchemas } from "./paths.ts";

/** Checks a value against a published schema by name, e.g. `run-snapshot`. Throws with the failing paths. */
export function conforms(name: string, value: unknown): void {
  check(`https://openwop.dev/spec/v1/${name}.schema.json`, value);
}

/** Envelope and payload of one event; payloads by the catalogue's own index of types. */
export function eventConforms(event: { type: string; payload: unknown }): void {
  conforms("run-event", event);
  if (payloadTypes().has(event.type)) {
    const pointer = event.type.replace(/~/g, "~0").replace(/\//g, "~1");
    check(
      `https://openwop.dev/spec/v1/run-event-payloads.schema.json#/$defs/_typeIndex/properties/${pointer}`,
      event.payload,
      event.type,
    );
  }
}

/** The published schemas leave out the reducer `message`, and two kinds of bounds (runs.md §18, 5 and 6). */
// biome-ignore lint/suspicious/noExplicitAny: a schema document
function corrected(file: string, schema: any) {
  if (file === "run-event-payloads.schema.json") {
    schema.$defs.capBreached.properties.kind.enum.push("dispatch-iterations", "orchestrator-iterations");
  }
  if (file !== "channel-written-payload.schema.json") return schema;
  const { reducer } = schema.properties;
  return {
    ...schema,
    properties: {
      ...schema.properties,
      reducer: { ...reducer, pattern: reducer.pattern.replace("feedback|", "feedback|message|") },
    },
  };
}

interface Loaded {
  ajv: Ajv2020;
  payloadTypes: Set<string>;
}
let loaded: Loaded | undefined;

function check(id: string, value: unknown, label = id): void {
  const { ajv } = load() ?? {};
  if (!ajv) return;
  const validate = ajv.getSchema(id);
  assert.ok(validate, `there is no schema ${id}`);
  if (validate(value)) return;
  assert.fail(`${label}: ${ajv.errorsText(validate.errors, { dataVar: "" })}\n${JSON.stringify(value, null, 1)}`);
}

function payloadTypes(): Set<string> {
  return load()?.payloadTypes ?? new Set();
}

function load(): Loaded | undefined {
  if (loaded || !sharedSchemas) return loaded;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajvFormats.default(ajv);
  for (const folder of [sharedSchemas, path.join(sharedSchemas, "envelopes")]) {
    for (const file of readdirSync(folder)) {
      if (file.endsWith(".json"))
        ajv.addSchema(corrected(file, JSON.parse(readFileSync(path.join(folder, file), "utf8"))));
    }
  }
  const payloads = JSON.parse(readFileSync(path.join(sharedSchemas, "run-event-payloads.schema.json"), "utf8"));
  loaded = { ajv, payloadTypes: new Set(Object.keys(payloads.$defs._typeIndex.properties)) };
  return loaded;
}
