import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { modelNameOf, toolTable } from "#agent/tools/tool-table.ts";
import { createValidator } from "#platform/schemas.ts";
import type { Tool } from "#ports/tools.ts";
import type { JsonObject } from "#protocol/json.ts";
import { temporaryFolder, workbench } from "./support.ts";

const bench = workbench(temporaryFolder());
const described = bench.tools.toolIds.map((toolId) => bench.tools.get(toolId));
const byId = new Map(described.map((tool) => [tool?.toolId, tool]));
const validate = createValidator();

describe("the built-in tools", () => {
  it("are these, by the names that models use", () => {
    assert.deepEqual(
      described.map((tool) => tool?.modelName),
      [
        "openwop_parley_time",
        "openwop_parley_calculator",
        "openwop_parley_notes_search",
        "openwop_parley_notes_read",
        "openwop_parley_notes_write",
      ],
    );
  });

  it("ask a person only before something is changed", () => {
    const asking = described.filter((tool) => tool?.needsApproval).map((tool) => tool?.toolId);
    assert.deepEqual(asking, ["openwop:parley.notes.write"]);
  });

  for (const { name, args, wrong, activity } of [
    { name: "time", args: {}, wrong: { timeZone: 1 }, activity: "checking the time" },
    { name: "calculator", args: { expression: "12*7" }, wrong: {}, activity: "calculating 12*7" },
    {
      name: "notes.search",
      args: { query: "picnic", limit: 3 },
      wrong: { query: "picnic", limit: 21 },
      activity: "searching notes for picnic",
    },
    { name: "notes.read", args: { name: "picnic" }, wrong: { path: "picnic" }, activity: "reading note picnic" },
    {
      name: "notes.write",
      args: { name: "picnic", text: "Bring bread.", mode: "append" },
      wrong: { name: "picnic", text: "Bring bread.", mode: "delete" },
      activity: "writing note picnic",
    },
  ] satisfies { name: string; args: JsonObject; wrong: JsonObject; activity: string }[]) {
    it(`${name} says which arguments it takes, and in a few words what it does with them`, () => {
      const tool = byId.get(`openwop:parley.${name}`);
      assert.ok(tool);
      assert.deepEqual(validate(tool.parameters, args), []);
      assert.notDeepEqual(validate(tool.parameters, wrong), []);
      assert.notDeepEqual(validate(tool.parameters, { ...args, extra: 1 }), [], "an unknown argument is refused");
      assert.equal(tool.activity(args), activity);
    });

    it(`${name} keeps its words on one short line, whatever the arguments`, () => {
      const tool = byId.get(`openwop:parley.${name}`);
      const long = "👩‍🚀 line\r\n\u202e\u0000 two ".repeat(10_000);
      for (const value of [long, "", 7, null, ["x"]]) {
        const words = tool?.activity(Object.fromEntries(Object.keys(args).map((key) => [key, value])));
        assert.match(words ?? "", /^[^\p{Cc}\p{Cf}]{1,140}$/u);
      }
    });
  }
});

describe("the table of tools", () => {
  const time = described[0] as Tool;

  it("finds a tool by its id and by its model name", () => {
    const table = toolTable([time]);
    assert.equal(table.get("openwop:parley.time"), time);
    assert.equal(table.byModelName("openwop_parley_time"), time);
    assert.equal(table.get("openwop_parley_time"), undefined);
    assert.equal(table.byModelName("constructor"), undefined);
  });

  it("refuses two tools that a model could not tell apart (T1)", () => {
    const twin = { ...time, toolId: "openwop:parley:time", modelName: modelNameOf("openwop:parley:time") };
    assert.throws(() => toolTable([time, twin]), /parley\.time and openwop:parley:time would both be called/);
    assert.throws(() => toolTable([time, time]), /is used twice/);
  });

  for (const toolId of ["", "mcp:café", "mcp:a b", `mcp:${"x".repeat(61)}`, "mcp:a/b"]) {
    it(`refuses the id ${JSON.stringify(toolId.slice(0, 20))}, which no provider would take`, () => {
      assert.throws(() => modelNameOf(toolId), /makes no name for models/);
    });
  }
});

describe("the time tool", () => {
  for (const { name, args, value } of [
    {
      name: "tells the time where the home is",
      args: {},
      value: { timeZone: "Europe/Berlin", date: "2024-03-01", localTime: "13:34", local: "2024-03-01T13:34:56+01:00" },
    },
    {
      name: "tells the time elsewhere",
      args: { timeZone: "Asia/Kolkata" },
      value: { timeZone: "Asia/Calcutta", date: "2024-03-01", localTime: "18:04", local: "2024-03-01T18:04:56+05:30" },
    },
    {
      name: "tells the time in UTC",
      args: { timeZone: "UTC" },
      value: { timeZone: "UTC", date: "2024-03-01", localTime: "12:34", local: "2024-03-01T12:34:56+00:00" },
    },
  ]) {
    it(name, async () => {
      const told = await bench.done("time", args);
      const { timeZone, ...rest } = told;
      const { timeZone: wanted, ...others } = value;
      assert.deepEqual(rest, { now: "2024-03-01T12:34:56.000Z", weekday: "Friday", ...others });
      // Engines differ in which of two names of one zone they give back.
      assert.ok([wanted, args.timeZone].includes(timeZone as string), String(timeZone));
    });
  }

  it("knows the weekday on the other side of midnight", async () => {
    const { weekday, date } = await bench.done("time", { timeZone: "Pacific/Kiritimati" });
    assert.deepEqual({ weekday, date }, { weekday: "Saturday", date: "2024-03-02" });
  });

  it("says what a time zone is called when it is none", async () => {
    assert.match(
      await bench.failed("time", { timeZone: "Mars/Olympus" }),
      /"Mars\/Olympus" is no time zone; use an IANA/,
    );
  });
});

describe("the calculator tool", () => {
  it("answers the result as a text, because a number would lose digits", async () => {
    const value = await bench.done("calculator", { expression: "2^64 + 1" });
    assert.deepEqual(value, { expression: "2^64 + 1", result: "18446744073709551617", exact: true });
  });

  it("says why there is no result", async () => {
    assert.equal(await bench.failed("calculator", { expression: "1/0" }), "division by zero");
  });
});
