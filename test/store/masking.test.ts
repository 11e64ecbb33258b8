// Masking a commit: what a masker may do to it, and what it may not.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMasker } from "#platform/masking.ts";
import { maskCommit } from "#store/masking.ts";
import { aCommit, events, insertRun, putEffect, putOutbox } from "../contracts/store-builders.ts";

const event = (payload: object, sequence = 0) =>
  JSON.stringify({ ...JSON.parse(events("run_1", sequence, 1).lines[0] as string), payload });
const logged = (...lines: string[]) => aCommit({ appends: [{ stream: "run_1", expectedSequence: 0, lines }] });
const linesOf = (commit: ReturnType<typeof aCommit>) => commit.appends[0]?.lines;

describe("masking a commit", () => {
  it("passes the very same commit on when there is nothing to mask (M3)", () => {
    const commit = aCommit({ appends: [events("run_1", 0, 3)], rows: [insertRun("run_1"), putEffect("eff_1")] });
    for (const mask of [undefined, (text: string) => text.replaceAll("nowhere", "x")]) {
      const safe = maskCommit(commit, mask);
      assert.equal(safe.commit, commit);
      assert.equal(safe.verbatim, true);
    }
  });

  it("copies only what changes", () => {
    const commit = aCommit({
      appends: [events("run_1", 0, 1)],
      rows: [putEffect("eff_1"), putOutbox("obx_1", { payload: { a: "secret" } })],
    });
    const safe = maskCommit(commit, (text) => text.replaceAll("secret", "***")).commit;
    assert.equal(safe.appends, commit.appends);
    assert.equal(safe.rows[0], commit.rows[0]);
    assert.deepEqual(safe.rows[1], putOutbox("obx_1", { payload: { a: "***" } }));
    assert.deepEqual(commit.rows[1], putOutbox("obx_1", { payload: { a: "secret" } }));
  });

  it("keeps an event's envelope, even where it holds what a secret looks like (M2)", () => {
    const line = event({ text: "run_1 and run_1", n: 1 });
    const { commit, verbatim } = maskCommit(logged(line), (text) => text.replaceAll("run_1", "***"));
    assert.equal(verbatim, false);
    assert.deepEqual(linesOf(commit), [event({ text: "*** and ***", n: 1 })]);
  });

  it("keeps a line a line when the masker breaks its JSON (M2)", () => {
    const line = event({ text: "a secret", n: 5 });
    const { commit } = maskCommit(logged(line), (text) => text.replaceAll("secret", '"\n"'));
    assert.deepEqual(linesOf(commit), [event({ text: 'a "\n"', n: 5 })]);
  });

  it("keeps a row's JSON JSON when the masker breaks it", () => {
    const row = putEffect("eff_1", { request: { "a secret": ["secret", 1, null, true] } });
    const { commit } = maskCommit(aCommit({ rows: [row] }), (text) => text.replaceAll("secret", '"'));
    assert.deepEqual(commit.rows, [putEffect("eff_1", { request: { 'a "': ['"', 1, null, true] } })]);
  });

  it("works with the masker of the platform, in every form of a secret that it knows", () => {
    const { mask } = createMasker([{ id: "key", value: 'multi\nline "secret"' }]);
    const row = insertRun("run_1", { start: { inputs: { pem: 'multi\nline "secret"', plain: "ok" } } });
    const { commit, verbatim } = maskCommit(
      aCommit({ rows: [row], appends: logged(event({ a: 'x multi\nline "secret"' })).appends }),
      mask,
    );
    assert.equal(verbatim, false);
    const masked = { pem: "[REDACTED:key]", plain: "ok" };
    assert.deepEqual(commit.rows, [insertRun("run_1", { start: { inputs: masked } })]);
    assert.deepEqual(linesOf(commit), [event({ a: "x [REDACTED:key]" })]);
  });
});
