import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { needsChromium, openBrowser, say, sayInNewChat, visit } from "./support/browser.ts";
import { type Host, openHost } from "./support/host.ts";

describe("a console whose daemon goes away", { skip: needsChromium, timeout: 120_000 }, () => {
  let browser: Browser;
  let host: Host;
  let page: Page;

  before(async () => {
    [browser, host] = await Promise.all([openBrowser(), openHost()]);
    ({ page } = await visit(browser, host));
  });
  after(async () => {
    await browser?.close();
    await host?.dispose();
  });

  it("goes on by itself after a restart: nothing is lost, nothing is doubled, nobody signs in again", async () => {
    await sayInNewChat(page, "hello");
    await page.locator(".message-agent").waitFor();
    await host.kill();
    await say(page, "are you there?");
    await page.getByText("Not sent yet").waitFor();
    await page.locator(".down").getByText("No connection to parley").waitFor();
    await host.startAgain();
    await page.locator(".down").waitFor({ state: "detached", timeout: 30_000 });
    await page.locator(".message-agent").nth(1).waitFor({ timeout: 30_000 });
    assert.equal(await page.locator(".message-user").count(), 2);
    assert.equal(await page.locator(".is-outgoing").count(), 0);
  });

  it("shows a question again that was open when the daemon died", async () => {
    await sayInNewChat(page, "Plan a picnic and save the plan as a note");
    const card = page.locator(".question");
    await card.waitFor();
    await host.kill();
    await host.startAgain();
    await card.getByRole("button", { name: "Approve" }).click();
    const failed = card.getByText("parley did not answer");
    const approved = card.getByText("You approved this");
    await failed.or(approved).first().waitFor();
    if (await failed.isVisible()) await card.getByRole("button", { name: "Approve" }).click();
    await approved.waitFor();
    await page.locator(".message-agent").waitFor({ timeout: 30_000 });
  });
});
