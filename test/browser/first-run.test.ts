import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { DESKTOP, needsChromium, openBrowser, PHONE, say, visit } from "./support/browser.ts";
import { type Host, openHost } from "./support/host.ts";

/** Words of the protocol and of the workshop: nobody who sees the console for the first time knows them. */
const JARGON =
  /openwop|private\.parley|host:|runId|interrupt|suspended|waiting-approval|roster|manifest|token|script\b/i;

describe("the first run", { skip: needsChromium, timeout: 120_000 }, () => {
  for (const [name, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    describe(`on a ${name}`, () => {
      let browser: Browser;
      let host: Host;

      before(async () => {
        [browser, host] = await Promise.all([openBrowser(), openHost()]);
      });
      after(async () => {
        await browser?.close();
        await host?.dispose();
      });

      it("opens the link where one can type at once, says what this is and who answers", async () => {
        const { page, problems } = await visit(browser, host, { viewport });
        await page.locator(".greeting").getByText("This is parley").waitFor();
        await page.locator(".banner").getByText("Offline demonstration").waitFor();
        assert.ok(await page.getByRole("link", { name: "Connect a model" }).isVisible());
        assert.equal(await page.getByRole("link", { name: "All conversations" }).count(), 0, "there is none yet");
        assert.doesNotMatch(await page.locator("body").innerText(), JARGON);
        assert.deepEqual(problems, []);
      });

      it("leads from the first words to the answer without a word that needs to be looked up", async () => {
        const { page, problems } = await visit(browser, host, { viewport });
        await say(page, "Plan a picnic and save the plan as a note");
        const question = page.locator(".question");
        await question.waitFor();
        assert.doesNotMatch(await page.locator("body").innerText(), JARGON);
        await question.getByRole("button", { name: "Approve" }).click();
        await page.locator(".message-agent:not(.is-live)").getByText("notes/picnic.md").waitFor();
        assert.doesNotMatch(await page.locator("body").innerText(), JARGON);
        assert.deepEqual(problems, []);
      });
    });
  }
});
