// Which addresses may be called on somebody's behalf (streams-webhooks.md §4.6).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isInnerHost, isPrivateAddress, resolvePublic } from "#platform/addresses.ts";

describe("an address", () => {
  const inner = [
    ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254"],
    ...["172.16.0.1", "172.31.255.255", "192.168.0.1", "224.0.0.1", "255.255.255.255"],
    ...["::", "::1", "fe80::1", "febf::1", "fc00::1", "fdff::1", "ff02::1", "::7f00:1"],
    ...["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:0:7f00:1", "64:ff9b::7f00:1"],
    ...["", "nonsense", "1.2.3", "999.1.1.1"],
  ];
  for (const address of inner) {
    it(`${JSON.stringify(address)} is private`, () => assert.equal(isPrivateAddress(address), true));
  }

  for (const address of [
    "1.1.1.1",
    "8.8.8.8",
    "172.15.0.1",
    "172.32.0.1",
    "192.167.1.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
  ]) {
    it(`${address} is public`, () => assert.equal(isPrivateAddress(address), false));
  }
});

describe("a host of a URL", () => {
  for (const { host, inner } of [
    { host: "localhost", inner: true },
    { host: "LocalHost.", inner: true },
    { host: "a.b.localhost", inner: true },
    { host: "printer.local", inner: true },
    { host: "db.internal", inner: true },
    { host: "metadata", inner: true },
    { host: "metadata.google.internal", inner: true },
    { host: "[::1]", inner: true },
    { host: "127.0.0.1", inner: true },
    { host: "", inner: true },
    { host: "example.com", inner: false },
    { host: "local.example.com", inner: false },
    { host: "mylocal", inner: false },
    { host: "[2606:4700::1111]", inner: false },
  ]) {
    it(`${JSON.stringify(host)} is ${inner ? "" : "not "}an inner one`, () => assert.equal(isInnerHost(host), inner));
  }
});

describe("resolving a host to call it", () => {
  it("refuses an inner name and a private address without asking anybody", async () => {
    for (const host of ["localhost", "x.internal", "127.0.0.1", "[::1]"]) {
      assert.deepEqual(await resolvePublic(host, false), { ok: false, reason: "private" });
    }
  });

  it("takes a public address as it is", async () => {
    assert.deepEqual(await resolvePublic("1.1.1.1", false), { ok: true, address: "1.1.1.1" });
  });

  it("takes a private one where a test allows it", async () => {
    assert.deepEqual(await resolvePublic("127.0.0.1", true), { ok: true, address: "127.0.0.1" });
  });
});
