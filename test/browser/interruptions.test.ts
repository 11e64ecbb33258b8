import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { needsChromium, newVisit, openBrowser, say, sayInNewChat, visit } from "./support/browser.ts";
import { configFor, type Host, openHost } from "./support/host.ts";
import { TestModel } from "./support/model.ts";

const PICNIC = "Plan a picnic and save the plan as a note";
const DAY_MS = 86_400_000;

/** What comes between a question and its answer: reloads, second windows, a daemon that dies or hangs, a wrong clock. */
describe("what comes between", { skip: needsChromium, timeout: 180_000 }, () => {
  let browser: Browser;
  let model: TestModel;
  let host: Host;
  let offline: Host;

  before(async () => {
    model = await TestModel.open();
    [browser, host, offline] = await Promise.all([
      openBrowser(),
      openHost({ config: configFor(model.url) }),
      openHost(),
    ]);
  });
  after(async () => {
    await browser?.close();
    await host?.dispose();
    await offline?.dispose();
    await model?.close();
  });

  const reply = (page: Page) => page.locator(".message-agent:not(.is-live)");

  it("a reload in the middle of an answer: what was typed so far is there again, and the answer comes once", async () => {
    const { page } = await visit(browser, host);
    await sayInNewChat(page, "slowly one");
    await page.locator(".is-live").getByText("One, two,").waitFor();
    await page.reload();
    await page.locator(".is-live").getByText("One, two,").waitFor();
    await page.locator(".working").waitFor();
    model.release();
    await reply(page).getByText("One, two, three. Done.").waitFor();
    assert.equal(await page.locator(".message-agent").count(), 1);
  });

  it("two windows on one chat: both show what either says, and one settles a question for both", async () => {
    const { page } = await visit(browser, offline);
    await sayInNewChat(page, PICNIC);
    await page.locator(".question").waitFor();
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.locator(".question").getByRole("button", { name: "Approve" }).waitFor();
    await say(other, "hello");
    await page.locator(".is-queued").getByText("hello").waitFor();
    await page.getByRole("button", { name: "Approve" }).click();
    await other.locator(".question.is-settled").getByText("Approved by operator").waitFor();
    for (const one of [page, other]) {
      await reply(one).getByText("Hello!").waitFor();
      assert.equal(await one.locator(".message-user").count(), 2);
      assert.equal(await reply(one).count(), 2);
    }
  });

  it("a daemon killed in the middle of an answer: nothing looks alive meanwhile, the answer comes once", async () => {
    const { page } = await visit(browser, host);
    await sayInNewChat(page, "slowly two");
    await page.locator(".is-live").waitFor();
    await host.kill();
    await page.locator(".down").getByText("No connection to parley").waitFor();
    const moving = "document.getAnimations().filter((one) => one.playState === 'running').length";
    assert.equal(await page.evaluate(moving), 0);
    assert.equal(await page.locator(".working-time").count(), 0, "no clock counts what nobody sees");
    await host.startAgain();
    await page.locator(".down").waitFor({ state: "detached", timeout: 30_000 });
    // The model is asked again; both of its answers may go on.
    const letGo = setInterval(() => model.release(), 100);
    await reply(page)
      .getByText("One, two, three. Done.")
      .waitFor({ timeout: 30_000 })
      .finally(() => clearInterval(letGo));
    assert.equal(await page.locator(".message-agent").count(), 1);
    assert.equal(await page.locator(".is-live, .working").count(), 0);
  });

  it("a daemon that hangs: the page says so", async () => {
    const { page } = await visit(browser, offline);
    const { pid } = JSON.parse(await readFile(path.join(offline.home, "data", "daemon.json"), "utf8")) as {
      pid: number;
    };
    process.kill(pid, "SIGSTOP");
    try {
      await page.locator(".down").waitFor({ timeout: 20_000 });
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await page.locator(".down").waitFor({ state: "detached" });
  });

  it("a browser whose clock is two days fast: the time left is parley's", async () => {
    const { page } = await newVisit(browser);
    await page.clock.install({ time: Date.now() + 2 * DAY_MS });
    await page.clock.resume();
    await page.goto(await offline.link());
    await page.locator(".composer").waitFor();
    await sayInNewChat(page, PICNIC);
    await page
      .locator(".question")
      .getByText(/^23 h 5\d min left$/)
      .waitFor();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.locator("[aria-live=polite]", { hasText: "New message: I planned" }).waitFor({ state: "attached" });
  });
});
