// Pages of other sites, and names that were bent to this machine (P-14).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { FastifyRequest } from "fastify";
import { requireOwnHost } from "#http/origin.ts";
import { assertRefused } from "../support/client.ts";
import { request } from "../support/http.ts";
import { openStream } from "../support/sse.ts";
import { useDaemon } from "../support/suite.ts";
import { openLink, sessionPath, signedIn, signIn } from "./browser.ts";

const stream = "/v1/host/parley/threads/some-thread/stream";

describe("a request under a Host that is not ours", () => {
  const host = useDaemon({});
  let cookie = "";
  let authorization = "";
  before(async () => {
    cookie = await signedIn(host.client);
    authorization = `Bearer ${host.client.key}`;
  });
  const port = () => new URL(host.client.url).port;

  const foreign = [
    { name: "a foreign name with our port", of: () => `evil.example:${port()}` },
    { name: "a foreign name alone", of: () => "evil.example" },
    { name: "a name that begins like ours", of: () => `127.0.0.1.evil.example:${port()}` },
    { name: "another port", of: () => "127.0.0.1:1" },
    { name: "no port", of: () => "localhost" },
    { name: "another address of this machine", of: () => `0.0.0.0:${port()}` },
  ];
  for (const { name, of } of foreign) {
    it(`is refused: ${name}`, async () => {
      const { token } = await openLink(host.client);
      const headers = { host: of() };
      const answers = {
        page: await request("GET", `${host.client.url}/`, { headers }),
        asset: await request("GET", `${host.client.url}/assets/app.js`, { headers }),
        "sign-in": await signIn(host.client.url, token, headers),
        cookie: await request("GET", host.client.url + sessionPath, { headers: { ...headers, cookie } }),
        stream: await request("GET", host.client.url + stream, { headers: { ...headers, authorization } }),
      };
      for (const [what, response] of Object.entries(answers)) {
        const details = assertRefused(response, 403, "forbidden");
        assert.equal(details.reason, "foreign_host", what);
      }
      assert.equal((await signIn(host.client.url, token)).status, 204, "the link was not used up");
    });
  }

  it("is answered under every loopback name with our port", async () => {
    for (const name of ["127.0.0.1", "localhost", "LocalHost", "[::1]"]) {
      const headers = { host: `${name}:${port()}`, cookie };
      assert.equal((await request("GET", host.client.url + sessionPath, { headers })).status, 200, name);
      const opened = await openStream(host.client.url + stream, { host: headers.host, authorization });
      assert.equal(opened.status, 200, name);
      opened.close();
    }
  });

  it("is answered when a bearer asks for something that is no stream: a proxy may have another name", async () => {
    const headers = { host: "parley.example", authorization };
    assert.equal((await request("GET", `${host.client.url}/v1/runs`, { headers })).status, 200);
  });
});

describe("a request with a session cookie", () => {
  const host = useDaemon();
  let cookie = "";
  before(async () => {
    cookie = await signedIn(host.client);
  });
  const create = (headers: Record<string, string>) =>
    request("POST", `${host.client.url}/v1/runs`, {
      headers: { cookie, ...headers },
      body: { workflowId: "conformance-noop" },
    });
  const read = (headers: Record<string, string>) =>
    request("GET", host.client.url + sessionPath, { headers: { cookie, ...headers } });
  const otherPort = () => `http://127.0.0.1:${Number(new URL(host.client.url).port) + 1}`;

  for (const { name, send } of [
    { name: "a change without Origin and Sec-Fetch-Site", send: () => create({}) },
    { name: "a change from another site", send: () => create({ origin: "https://evil.example" }) },
    { name: "a change from nowhere", send: () => create({ origin: "null" }) },
    { name: "a change from another port of this machine", send: () => create({ origin: otherPort() }) },
    {
      name: "a change from another name of this machine",
      send: () => create({ origin: host.client.url.replace("127.0.0.1", "localhost") }),
    },
    { name: "a change that the browser calls same-site", send: () => create({ "sec-fetch-site": "same-site" }) },
    { name: "a change that the person typed", send: () => create({ "sec-fetch-site": "none" }) },
    {
      name: "a change whose Origin is ours but whose site is not",
      send: () => create({ origin: host.client.url, "sec-fetch-site": "cross-site" }),
    },
    { name: "a read from another site", send: () => read({ origin: "https://evil.example" }) },
    { name: "a read that the browser calls cross-site", send: () => read({ "sec-fetch-site": "cross-site" }) },
  ]) {
    it(`is refused: ${name}`, async () => {
      const details = assertRefused(await send(), 403, "forbidden");
      assert.equal(details.reason, "foreign_origin");
    });
  }

  for (const { name, send, status } of [
    { name: "a change with our Origin", send: () => create({ origin: host.client.url }), status: 201 },
    {
      name: "a change that the browser calls same-origin",
      send: () => create({ "sec-fetch-site": "same-origin" }),
      status: 201,
    },
    { name: "a read that says nothing", send: () => read({}), status: 200 },
    { name: "a read that the person typed", send: () => read({ "sec-fetch-site": "none" }), status: 200 },
  ]) {
    it(`is answered: ${name}`, async () => assert.equal((await send()).status, status));
  }

  it("opens a stream from our own page alone", async () => {
    const own = await openStream(host.client.url + stream, { cookie, origin: host.client.url });
    assert.equal(own.status, 200);
    own.close();
    for (const headers of [{ cookie }, { authorization: `Bearer ${host.client.key}` }]) {
      const origin = "https://evil.example";
      const response = await request("GET", host.client.url + stream, { headers: { ...headers, origin } });
      assertRefused(response, 403, "forbidden");
    }
  });

  it("cannot be signed in from a page of another site", async () => {
    const { token } = await openLink(host.client);
    const response = await signIn(host.client.url, token, { origin: "https://evil.example" });
    assertRefused(response, 403, "forbidden");
    assert.equal(response.headers["set-cookie"], undefined);
    assert.equal((await signIn(host.client.url, token, { origin: host.client.url })).status, 204);
  });
});

describe("which hosts are ours", () => {
  const port = 4747;
  const isOwn = (listenHost: string, header: string | undefined) => {
    const fake = { headers: { host: header }, raw: { socket: { localPort: port } } };
    try {
      requireOwnHost(fake as unknown as FastifyRequest, listenHost);
      return true;
    } catch {
      return false;
    }
  };

  for (const { listen, ours, others } of [
    {
      listen: "127.0.0.1",
      ours: ["127.0.0.1:4747", "localhost:4747", "[::1]:4747"],
      others: ["127.0.0.2:4747", "127.0.0.1", "localhost:80", "parley.lan:4747", "", "[::1", "a b:4747", undefined],
    },
    { listen: "127.0.0.2", ours: ["127.0.0.2:4747", "localhost:4747"], others: ["127.0.0.3:4747"] },
    { listen: "::1", ours: ["[::1]:4747", "localhost:4747"], others: ["[::2]:4747", "::1:4747"] },
    {
      // A container's port may be mapped to another one.
      listen: "0.0.0.0",
      ours: ["192.168.1.5:4747", "10.0.0.1:8080", "[fe80::1]:4747", "localhost:8080"],
      others: ["parley.lan:4747", "evil.example", "192.168.1.5.evil.example:4747"],
    },
    {
      listen: "parley.lan",
      ours: ["parley.lan:4747", "PARLEY.lan", "localhost:4747"],
      others: ["evil.example:4747", "192.168.1.5:4747"],
    },
  ]) {
    it(`when parley listens on ${listen}`, () => {
      for (const header of ours) assert.ok(isOwn(listen, header), header);
      for (const header of others) assert.ok(!isOwn(listen, header), String(header));
    });
  }
});
