import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { needsChromium, newVisit, openBrowser, visit } from "./support/browser.ts";
import { BASE, type Host, openHost } from "./support/host.ts";

describe("signing in to the console", { skip: needsChromium, timeout: 120_000 }, () => {
  let browser: Browser;
  let host: Host;

  before(async () => {
    [browser, host] = await Promise.all([openBrowser(), openHost()]);
  });
  after(async () => {
    await browser?.close();
    await host?.dispose();
  });

  it("takes a link once, and takes its token out of the address", async () => {
    const link = await host.link();
    const { page, problems } = await newVisit(browser);
    await page.goto(link);
    await page.locator(".composer").waitFor();
    assert.doesNotMatch(page.url(), /token/);
    assert.deepEqual(problems, []);

    const { page: second } = await newVisit(browser);
    await second.goto(link);
    await second.getByRole("heading", { name: "This link does not work any more" }).waitFor();
    await second.getByText("npx parley open").waitFor();
  });

  it("says calmly what to do when nobody is signed in", async () => {
    const { page, problems } = await newVisit(browser);
    await page.goto(host.url);
    await page.getByRole("heading", { name: "You are not signed in" }).waitFor();
    await page.getByText("npx parley open").waitFor();
    assert.deepEqual(problems, []);
  });

  it("takes a link that is pasted into a tab where nobody is signed in", async () => {
    const { page } = await newVisit(browser);
    await page.goto(host.url);
    await page.getByRole("heading", { name: "You are not signed in" }).waitFor();
    await page.evaluate(`location.href = ${JSON.stringify(await host.link())}`);
    await page.locator(".composer").waitFor();
    assert.doesNotMatch(page.url(), /token/);
  });

  it("stays signed in over a reload, until the person signs out", async () => {
    const { page } = await visit(browser, host);
    await page.reload();
    await page.locator(".composer").waitFor();
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "You are signed out" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "You are not signed in" }).waitFor();
  });

  it("says that the access ended while the page was open, and keeps what was being written", async () => {
    const { page } = await visit(browser, host);
    await page.locator(".composer textarea").fill("half a thought");
    await page.evaluate(`fetch("${BASE}/session", { method: "DELETE" })`);
    await page.getByRole("heading", { name: "You are not signed in any more" }).waitFor();
    await page.getByText("npx parley open").waitFor();
    await page.evaluate(`location.href = ${JSON.stringify(await host.link())}`);
    await page.locator(".composer").waitFor();
    assert.equal(await page.locator(".composer textarea").inputValue(), "half a thought");
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "You are signed out" }).waitFor();
    assert.equal(
      await page.evaluate("Object.keys(localStorage).filter((key) => /draft|outgoing/.test(key)).length"),
      0,
    );
  });
});
