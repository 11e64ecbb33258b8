import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { workflow } from "../support/definitions.ts";
import { eventually } from "../support/host.ts";
import { go, needsChromium, openBrowser, PHONE, sayInNewChat, visit } from "./support/browser.ts";
import { type Host, openHost } from "./support/host.ts";

const PICNIC = "Plan a picnic and save the plan as a note";

/** How a question stands on the page, whatever it asks and however small the window is. */
describe("the card of a question", { skip: needsChromium, timeout: 120_000 }, () => {
  let browser: Browser;
  let host: Host;

  before(async () => {
    [browser, host] = await Promise.all([openBrowser(), openHost()]);
  });
  after(async () => {
    await browser?.close();
    await host?.dispose();
  });

  async function startGate(id: string, title: string, config: object, input: unknown = {}): Promise<void> {
    const gate = { id: "gate", typeId: "core.approvalGate", config: { title, ...config } };
    await host.call("POST", "/v1/workflows", workflow(id, { nodes: [gate] }));
    await host.call("POST", "/v1/runs", { workflowId: id, inputs: { input } });
  }

  function openRow(page: Page): Locator {
    return page.locator(".inbox-row.is-open .inbox-title");
  }

  it("is read from its top on a phone, and stays where it is scrolled to", async () => {
    const { page } = await visit(browser, host, { viewport: PHONE });
    await sayInNewChat(page, PICNIC);
    const card = page.locator(".question");
    await card.getByRole("button", { name: "Approve" }).waitFor();
    const view = await page.locator(".conversation-scroll").boundingBox();
    const top = (await card.boundingBox())?.y ?? 0;
    assert.ok(view && top >= view.y && top < view.y + 40, `the card begins at ${top}, the window at ${view?.y}`);
    await card.getByRole("button", { name: "Approve" }).scrollIntoViewIfNeeded();
    await card.getByRole("button", { name: "Reject…" }).click();
    const reject = await card.getByRole("button", { name: "Reject", exact: true }).boundingBox();
    const written = (await page.locator(".composer").boundingBox())?.y ?? 0;
    assert.ok(reject && reject.y > view.y && reject.y + reject.height <= written, "what decides is in view");
    await card.getByRole("button", { name: "Back" }).click();
    await card.getByRole("button", { name: "Approve" }).click();
    await card.getByText("You approved this").waitFor();
  });

  it("keeps its outcome over a reload of the page", async () => {
    const { page } = await visit(browser, host);
    await sayInNewChat(page, PICNIC);
    await page.locator(".question").getByRole("button", { name: "Approve" }).click();
    const answer = page.locator(".message-agent:not(.is-live)");
    await answer.waitFor();
    await page.reload();
    await answer.waitFor();
    await page.locator(".question.is-settled").getByText("You approved this").waitFor();
    assert.equal(await page.getByRole("button", { name: "Approve" }).count(), 0);
    const order =
      "[...document.querySelectorAll('.message-user, .question, .message-agent')].map((one) => one.className.split(' ').at(-1))";
    assert.deepEqual(await page.evaluate(order), ["message-user", "is-settled", "message-agent"]);
  });

  it("does not widen a phone, whatever it asks", async () => {
    const { page } = await visit(browser, host, { viewport: PHONE });
    await sayInNewChat(page, `plan ${"W".repeat(200)} <img src=x onerror=alert(1)> and save it as a note`);
    await page.locator(".question").waitFor();
    const widest =
      "Math.max(...[...document.querySelectorAll('.main, .conversation-scroll, .page')].map((one) => one.scrollWidth))";
    assert.ok(Number(await page.evaluate(widest)) <= PHONE.width);
    await go(page, "#/inbox");
    await page.locator(".inbox-row .question").first().waitFor();
    assert.ok(Number(await page.evaluate(widest)) <= PHONE.width);
  });

  it("folds what is long, and says that it does", async () => {
    const { page } = await visit(browser, host);
    const lines = Array.from({ length: 60 }, (_, index) => `line ${index + 1}`).join("\n");
    await startGate("asks-long", "Send the letter?", { description: "To everybody.", timeoutMs: 600_000 }, lines);
    await go(page, "#/inbox");
    const row = page.locator(".inbox-row", { hasText: "Send the letter?" });
    await row.locator(".inbox-head").waitFor();
    if ((await row.locator(".inbox-head").getAttribute("aria-expanded")) === "false")
      await row.locator(".inbox-head").click();
    const text = row.locator("pre");
    const height = async () => (await text.boundingBox())?.height ?? 0;
    await row.getByRole("button", { name: "Show all of it" }).waitFor();
    assert.ok((await height()) < 300);
    await row.getByRole("button", { name: "Show all of it" }).click();
    await row.getByRole("button", { name: "Show less" }).waitFor();
    assert.ok((await height()) > 800);
  });

  it("stays the open one in the inbox when a more urgent one comes in", async () => {
    await startGate("asks-calmly", "No hurry?", { timeoutMs: 600_000 });
    const { page } = await visit(browser, host);
    await go(page, "#/inbox");
    await openRow(page).waitFor();
    const open = await openRow(page).innerText();
    await startGate("asks-soon", "Hurry?", { timeoutMs: 300_000 });
    await page.locator(".inbox-row").first().getByText("Hurry?").waitFor();
    assert.equal(await openRow(page).count(), 1);
    assert.equal(await openRow(page).innerText(), open);
  });

  it("is counted in the title of the page, until one signs out", async () => {
    await startGate("asks-aside", "Read this?", { timeoutMs: 600_000 });
    const { page } = await visit(browser, host);
    const titled = (what: RegExp) => eventually(async () => what.test(await page.title()), String(what));
    await titled(/^\(\d+\) Chat · parley$/);
    await go(page, "#/settings");
    await titled(/^\(\d+\) Settings · parley$/);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are signed out").waitFor();
    await titled(/^parley$/);
  });

  it("that nobody answers in time ends on its card, also before the eyes of who reads it", async () => {
    const { page } = await visit(browser, host);
    // Long enough for a slow browser to show it first.
    await startGate("asks-briefly", "Quick?", { timeoutMs: 8_000 });
    await go(page, "#/inbox");
    const row = page.locator(".inbox-row", { hasText: "Quick?" });
    await row.locator(".inbox-head").waitFor();
    if ((await row.locator(".inbox-head").getAttribute("aria-expanded")) === "false")
      await row.locator(".inbox-head").click();
    await row.locator(".question.is-settled").getByText("Nobody answered in time").waitFor({ timeout: 30_000 });
    assert.equal(await row.getByRole("button", { name: "Approve" }).count(), 0);
  });
});
