import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { go, needsChromium, openBrowser, sayInNewChat, visit } from "./support/browser.ts";
import { type Host, openHost } from "./support/host.ts";
import { TestModel } from "./support/model.ts";

describe("the operator's pages", { skip: needsChromium, timeout: 180_000 }, () => {
  let browser: Browser;
  let model: TestModel;
  let host: Host;
  let page: Page;
  let problems: string[];

  before(async () => {
    model = await TestModel.open();
    [browser, host] = await Promise.all([openBrowser(), openHost()]);
    ({ page, problems } = await visit(browser, host));
  });
  after(async () => {
    await browser?.close();
    await host?.dispose();
    await model?.close();
  });

  describe("runs", () => {
    it("opens as a timeline over all agents, live, with what waits shown as waiting", async () => {
      await sayInNewChat(page, "Plan a picnic and save the plan as a note");
      await page.locator(".question").waitFor();
      await go(page, "#/runs");
      await page.locator(".rows").getByText("waiting-approval").first().waitFor();
      await page.keyboard.press("j");
      // Newest first: the turn itself is the oldest of its runs.
      await page.getByRole("link", { name: "Assistant" }).last().focus();
      await page.keyboard.press("Enter");
      await page.locator(".lane-label").getByText("Scribe").first().waitFor();
      for (const name of ["Assistant", "Chief", "Researcher"]) {
        assert.ok((await page.locator(".lane-label", { hasText: name }).count()) >= 1, name);
      }
      assert.ok((await page.locator(".bar-waiting").count()) >= 1);
      await page.locator(".event-type").getByText("interrupt.requested").waitFor({ state: "attached" });
      await page.locator(".event-who").getByText("Scribe").first().waitFor();
    });

    it("shows an event's payload on demand, and leads to the child run", async () => {
      const child = page.locator(".event", { hasText: "agent-scribe" }).first();
      await child.locator(".event-head").click();
      await child.locator("pre").waitFor();
      assert.match(await child.locator("pre").innerText(), /^\{/);
      await page.locator(".lane-label a", { hasText: "Scribe" }).first().click();
      await page.getByRole("heading", { level: 1, name: "Scribe" }).waitFor();
      await page.getByRole("link", { name: "the run above" }).click();
      await page.getByRole("heading", { level: 1, name: "Chief" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
    });
  });

  describe("agents", () => {
    it("shows the roster as a tree, with role, model, tools and the version of the prompt", async () => {
      await go(page, "#/agents");
      const scribe = page.locator(".branch .branch .agent", { hasText: "Scribe" });
      await scribe.getByText("worker").waitFor();
      await scribe.getByText("write notes").waitFor();
      await scribe.getByText("default").waitFor();
      assert.match(await scribe.locator("dt:text('Prompt') + dd code").innerText(), /^[0-9a-f]{8}$/);
    });
  });

  describe("the model card", () => {
    it("is where the banner over the chat leads while a script answers", async () => {
      await go(page, "#/chat");
      await page.getByText("Offline demonstration: prepared answers, no AI model yet.").waitFor();
      await page.getByRole("link", { name: "Connect a model" }).click();
      await page.getByRole("heading", { name: "Model" }).waitFor();
    });

    it("tests a model, and says in words what is wrong", async () => {
      await page.getByLabel("OpenAI, or compatible").check();
      await page.getByRole("textbox", { name: "Model" }).fill("test-model");
      await page.getByLabel(/^Address/).fill(model.url);
      await page.getByLabel(/^Key/).fill("a-wrong-key");
      await page.getByRole("button", { name: "Test" }).click();
      await page.locator(".result.state-failed").waitFor();
      assert.doesNotMatch(await page.locator(".result").innerText(), /Incorrect API key provided/);
      await page.getByLabel(/^Key/).fill("a-working-key");
      await page.getByRole("button", { name: "Test" }).click();
      await page.locator(".result.state-ok").waitFor();
    });

    it("saves it: the next answer comes from it, the banner goes, and the key is never shown again", async () => {
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Saved.").waitFor();
      assert.equal(await page.getByLabel(/^Key/).inputValue(), "");
      assert.doesNotMatch(await page.content(), /a-working-key/);
      await sayInNewChat(page, "say it is me");
      await page.locator(".message-agent").getByText("it is me").waitFor();
      assert.equal(await page.locator(".banner").count(), 0);
    });
  });

  it("never broke a rule of the page", () => assert.deepEqual(problems, []));
});

describe("a broken roster file", { skip: needsChromium, timeout: 60_000 }, () => {
  it("is shown on the agents page with what is wrong", async () => {
    const [browser, host] = await Promise.all([openBrowser(), openHost()]);
    try {
      const { page } = await visit(browser, host);
      await writeFile(path.join(host.home, "agents", "broken.yaml"), "id: host:broken\nrole: king\n");
      await go(page, "#/agents");
      await page.locator(".agent").first().waitFor();
      await page.locator(".problem", { hasText: "broken.yaml" }).first().waitFor();
    } finally {
      await browser.close();
      await host.dispose();
    }
  });
});
