// The operator's routes on a running home: backup and doctor (host-surfaces.md §7.1).

import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { useDaemon } from "../support/suite.ts";

const admin = "/v1/host/parley/admin";

describe("the operator's routes", () => {
  const host = useDaemon();

  it("write a backup, while runs go on", async () => {
    const work = Array.from({ length: 20 }, () => host.client.createRun("conformance-noop"));
    const { status, body } = await host.client.post(`${admin}/backup`);
    await Promise.all(work);
    assert.equal(status, 201);
    const file = await stat(body.path);
    assert.equal(file.size, body.bytes);
    assert.equal(file.mode & 0o777, 0o600);
    assert.ok(body.path.startsWith(path.join(host.daemon.home, "data/backups")));
  });

  it("need no body", async () => {
    assert.equal((await host.client.call("POST", `${admin}/backup`)).status, 201);
  });

  it("write it where they are told", async () => {
    const target = path.join(host.daemon.home, "elsewhere.db");
    const { status, body } = await host.client.post(`${admin}/backup`, { path: target });
    assert.equal(status, 201);
    assert.equal(body.path, target);
    assert.equal((await stat(target)).size, body.bytes);
  });

  it("do not write over what is there, nor into nowhere", async () => {
    const taken = await host.client.post(`${admin}/backup`, { path: path.join(host.daemon.home, "data/parley.db") });
    assert.ok(taken.status >= 400 && taken.status < 500, `${taken.status} ${taken.text}`);
    const nowhere = await host.client.post(`${admin}/backup`, { path: "/nowhere/at/all/backup.db" });
    assert.ok(nowhere.status >= 400 && nowhere.status < 500, `${nowhere.status} ${nowhere.text}`);
    assert.equal(await host.client.ended(await host.client.createRun("conformance-noop")), "completed");
  });

  for (const body of [{ path: 7 }, { path: "" }, { file: "x" }]) {
    it(`refuse ${JSON.stringify(body)} as a backup request`, async () => {
      assertRefused(await host.client.post(`${admin}/backup`, body), 400, "validation_error");
    });
  }

  for (const query of ["", "?deep=1"]) {
    it(`find nothing wrong with a home that was only used${query}`, async () => {
      const runId = await host.client.createRun("conformance-approval");
      await host.client.settled(runId);
      const { status, body } = await host.client.get(`${admin}/doctor${query}`);
      assert.equal(status, 200);
      assert.ok(body.findings.length > 0);
      for (const finding of body.findings) {
        assert.match(finding.level, /^(ok|warn|error)$/);
        assert.ok(finding.check && finding.message);
        assert.notEqual(finding.level, "error", JSON.stringify(finding));
      }
    });
  }
});
