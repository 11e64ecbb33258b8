import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { go, needsChromium, openBrowser, say, sayInNewChat, visit } from "./support/browser.ts";
import { BASE, type Host, openHost } from "./support/host.ts";

const PICNIC = "Plan a picnic and save the plan as a note";

/** Questions are those of the shipped agents on the offline model. */
describe("questions to a person", { skip: needsChromium, timeout: 180_000 }, () => {
  let browser: Browser;
  let host: Host;
  let page: Page;
  let problems: string[];
  let card: Locator;

  before(async () => {
    [browser, host] = await Promise.all([openBrowser(), openHost()]);
    ({ page, problems } = await visit(browser, host));
    card = page.locator(".question");
  });
  after(async () => {
    await browser?.close();
    await host?.dispose();
  });

  const reply = () => page.locator(".message-agent:not(.is-live)");

  async function pendingCount(): Promise<number> {
    const { interrupts } = await host.call<{ interrupts: unknown[] }>("GET", `${BASE}/interrupts?status=pending`);
    return interrupts.length;
  }

  it("shows the exact arguments, is approved in place, and keeps the outcome on the card", async () => {
    await sayInNewChat(page, PICNIC);
    await card.locator("dd").getByText("# Plan for a picnic").waitFor();
    await card.getByTitle("openwop:parley.notes.write").getByText("write notes").waitFor();
    await card.getByText(/left$/).waitFor();
    await card.getByRole("button", { name: "Approve" }).click();
    await card.getByText("You approved this").waitFor();
    await reply().waitFor();
    await card.getByText("You approved this").waitFor();
    assert.equal(await pendingCount(), 0);
  });

  it("lets messages wait while it is open, and the turn be stopped", async () => {
    await sayInNewChat(page, PICNIC);
    await card.waitFor();
    await say(page, "hello");
    await page.locator(".is-queued").getByText("hello").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await card.getByText("No longer needed").waitFor();
    await reply().getByText("Hello!").waitFor();
    assert.equal(await page.locator(".is-queued").count(), 0);
  });

  it("is rejected with a reason that the agents are told", async () => {
    await sayInNewChat(page, PICNIC);
    await card.getByRole("button", { name: "Reject…" }).click();
    await card.getByRole("textbox").fill("not this weekend");
    await card.getByRole("button", { name: "Reject" }).click();
    await card.getByText("You rejected this: not this weekend").waitFor();
    await reply().waitFor();
  });

  it("is approved with other arguments", async () => {
    await sayInNewChat(page, PICNIC);
    await card.getByRole("button", { name: "Change…" }).click();
    await card.getByLabel("name").fill("picnic-by-the-lake");
    await card.getByRole("button", { name: "Approve with these changes" }).click();
    await card.getByText("You approved this with your changes").waitFor();
    await reply().getByText("picnic-by-the-lake").first().waitFor();
  });

  it("is handed on: the card says for whom it waits, and whoever did it can still decide", async () => {
    await sayInNewChat(page, PICNIC);
    await card.getByText("Waiting for you").waitFor();
    await card.getByRole("button", { name: "Add someone…" }).click();
    await card.getByRole("textbox").fill("carla");
    await card.getByRole("button", { name: "Add" }).click();
    await card.getByText("Waiting for carla").waitFor();
    await card.getByRole("button", { name: "Approve" }).click();
    await card.getByText("You approved this").waitFor();
    await reply().waitFor();
  });

  it("that asks for words is answered in place", async () => {
    await sayInNewChat(page, "plan something");
    await card.getByText("What shall I plan?").waitFor();
    assert.ok(await card.getByRole("button", { name: "Answer" }).isDisabled());
    await card.getByRole("textbox").fill("a surprise party");
    await card.getByRole("button", { name: "Answer" }).click();
    await card.getByText("You answered: a surprise party").waitFor();
  });

  it("that somebody else settled says so", async () => {
    await sayInNewChat(page, PICNIC);
    await card.waitFor();
    const { interrupts } = await host.call<{
      interrupts: { runId: string; nodeId: string; interruptId: string; kind: string }[];
    }>("GET", `${BASE}/interrupts?status=pending`);
    for (const { runId, nodeId, kind } of interrupts.filter((item) => item.kind === "approval")) {
      assert.equal(kind, "approval");
      await host.call("POST", `/v1/runs/${runId}/interrupts/${nodeId}`, { resumeValue: { action: "reject" } });
    }
    await card.locator(".outcome").getByText("Rejected by operator").waitFor();
    assert.equal(await card.getByRole("button", { name: "Approve" }).count(), 0);
  });

  it("are all in the inbox, and answered there by keyboard after a look at the exact arguments", async () => {
    await sayInNewChat(page, PICNIC);
    await card.waitFor();
    await sayInNewChat(page, "plan a trip to the sea and save it as a note");
    await card.waitFor();
    const waiting = await pendingCount();
    await go(page, "#/inbox");
    const rows = page.locator(".inbox-head");
    const approvals = rows.filter({ hasText: /picnic|sea/ });
    await approvals.nth(1).waitFor();
    await page.locator(".badge", { hasText: String(waiting) }).waitFor();
    assert.equal(await rows.count(), waiting);
    // Among what waits there may be other questions: j until an approval has the focus, then a.
    await page.keyboard.press("j");
    for (let step = 0; step < waiting; step += 1) {
      if (await page.evaluate("/picnic|sea/.test(document.activeElement.innerText)")) break;
      await page.keyboard.press("j");
    }
    await page.keyboard.press("a");
    const dialog = page.getByRole("dialog", { name: "Approve this?" });
    await dialog.locator("dd").getByText("# Plan for").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.equal(await pendingCount(), waiting, "a look decides nothing");
    await page.keyboard.press("a");
    await dialog.waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".inbox-row.is-settled").getByText("You approved this").first().waitFor();
    const other = approvals.filter({ hasText: "left" });
    await other.first().focus();
    await page.keyboard.press("r");
    const rejecting = page.getByRole("dialog", { name: "Reject this?" });
    await rejecting.getByRole("textbox").fill("no");
    await page.keyboard.press("Enter");
    await page.locator(".inbox-row.is-settled").getByText("You rejected this").first().waitFor();
    assert.equal(await pendingCount(), waiting - 2);
  });

  it("never broke a rule of the page", () => assert.deepEqual(problems, []));
});
