import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { repoRoot } from "../support/paths.ts";
import { DESKTOP, go, needsChromium, openBrowser, PHONE, say, sayInNewChat, visit } from "./support/browser.ts";
import { type Host, openHost } from "./support/host.ts";

const PAGES = [
  ["#/chat", ".threads"],
  ["#/chat/new", ".greeting"],
  ["#/inbox", ".inbox-row"],
  ["#/runs", ".rows"],
  ["#/agents", ".agent"],
  ["#/settings", ".option"],
] as const;

describe("the console to look at", { skip: needsChromium, timeout: 180_000 }, () => {
  let browser: Browser;
  let host: Host;

  before(async () => {
    [browser, host] = await Promise.all([openBrowser(), openHost()]);
    const { page } = await visit(browser, host);
    await sayInNewChat(page, "Plan a picnic and save the plan as a note");
    await page.locator(".question").waitFor();
  });
  after(async () => {
    await browser?.close();
    await host?.dispose();
  });

  /** Every page of the console, one after the other, the open chat and a run included. */
  async function* everyPage(page: Page): AsyncGenerator<string> {
    for (const [address, sign] of PAGES) {
      await go(page, address);
      await page.locator(sign).first().waitFor();
      yield address;
    }
    await go(page, "#/chat");
    await page.locator(".thread", { hasText: "picnic" }).last().click();
    await page.locator(".question").waitFor();
    yield "an open chat";
    await go(page, "#/runs");
    await page.locator(".run-name a").last().click();
    await page.locator(".lane").first().waitFor();
    yield "an open run";
  }

  it("fits a phone: no page scrolls sideways, and what is touched has 44 px", async () => {
    const { page } = await visit(browser, host, { viewport: PHONE });
    for await (const name of everyPage(page)) {
      const width = await page.evaluate(
        "Math.max(document.documentElement.scrollWidth, document.querySelector('.main').scrollWidth, ...[...document.querySelectorAll('.page, .conversation-scroll')].map((e) => e.scrollWidth))",
      );
      assert.ok(Number(width) <= PHONE.width, `${name} is ${width} px wide`);
      const small =
        await page.evaluate(`[...document.querySelectorAll("button, .button, .rail-link, .input, .option, .thread")]
        .filter((e) => e.checkVisibility() && !e.matches(".skip") && e.getBoundingClientRect().height < 44)
        .map((e) => e.className + ": " + e.getBoundingClientRect().height)`);
      assert.deepEqual(small, [], name);
    }
  });

  for (const scheme of ["light", "dark"] as const) {
    it(`has a contrast of 4.5 and more between all text and what is behind it, in the ${scheme} theme`, async () => {
      const { page } = await visit(browser, host, { viewport: DESKTOP, scheme });
      const measure = await readFile(path.join(repoRoot, "test/browser/support/contrast.js"), "utf8");
      for await (const name of everyPage(page)) {
        assert.deepEqual(await page.evaluate(measure), [], name);
      }
    });
  }

  it("can be used by keyboard alone, with the focus always visible", async () => {
    const { page } = await visit(browser, host);
    await page.locator(".greeting").waitFor();
    const press = (key: string) => page.keyboard.press(key);
    const focused = () => page.evaluate("document.activeElement.innerText || document.activeElement.ariaLabel || ''");
    const tabTo = async (pattern: RegExp) => {
      for (let presses = 0; presses < 60; presses += 1) {
        await press("Tab");
        // Behind the last control the focus leaves the page, and comes back at its top.
        if (await page.evaluate("document.activeElement === document.body")) continue;
        const outline = await page.evaluate(
          "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement.closest('.composer, tr, .option') ?? document.activeElement).outlineStyle",
        );
        assert.match(String(outline), /solid|auto/, `the focus on “${await focused()}” is visible`);
        if (pattern.test(String(await focused()))) return;
      }
      assert.fail(`no way to ${pattern}`);
    };
    await tabTo(/^Message$/);
    await page.keyboard.type("hello");
    await press("Enter");
    await page.locator(".message-agent").getByText("Hello!").waitFor();
    await tabTo(/^Inbox/);
    await press("Enter");
    await page.locator(".inbox-row").first().waitFor();
    await press("j");
    await press("a");
    await page.getByRole("dialog", { name: "Approve this?" }).waitFor();
    await press("Escape");
    await press("/");
    await page.keyboard.type("settings");
    await press("Enter");
    await page.getByRole("heading", { name: "Settings" }).waitFor();
  });

  it("says of each message who spoke, and names every control", async () => {
    const { page } = await visit(browser, host);
    await sayInNewChat(page, "hello");
    await page.getByRole("article", { name: "You", exact: true }).waitFor();
    await page.getByRole("article", { name: "Assistant", exact: true }).getByText("Hello!").waitFor();
    for await (const name of everyPage(page)) {
      const nameless = await page.evaluate(`[...document.querySelectorAll("button, a[href], input, textarea, select")]
        .filter((e) => e.checkVisibility())
        // What lies outside the screen may not be laid out, and has no inner text then.
        .map((e) => [e, e.checkVisibility({ contentVisibilityAuto: true }) ? e.innerText : e.textContent])
        .filter(([e, text]) => !(e.ariaLabel || text || e.labels?.[0]?.innerText || "").trim())
        .map(([e]) => e.outerHTML)`);
      assert.deepEqual(nameless, [], name);
      assert.equal(await page.locator("h1").count(), 1, `${name} has one heading of the first rank`);
    }
  });

  it("tells a screen reader of new messages, politely", async () => {
    const { page } = await visit(browser, host);
    await sayInNewChat(page, "hello");
    await page.locator("[aria-live=polite]", { hasText: "New message: Hello!" }).waitFor({ state: "attached" });
    await say(page, "thanks");
    await page.locator("[aria-live=polite]", { hasText: "welcome" }).waitFor({ state: "attached" });
  });
});
