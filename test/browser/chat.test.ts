import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { go, needsChromium, openBrowser, say, sayInNewChat, visit } from "./support/browser.ts";
import { BASE, configFor, type Host, openHost } from "./support/host.ts";
import { TestModel } from "./support/model.ts";

describe("the chat", { skip: needsChromium, timeout: 120_000 }, () => {
  let browser: Browser;
  let model: TestModel;
  let host: Host;
  let page: Page;
  let problems: string[];

  before(async () => {
    model = await TestModel.open();
    [browser, host] = await Promise.all([openBrowser(), openHost({ config: configFor(model.url) })]);
    ({ page, problems } = await visit(browser, host));
  });
  after(async () => {
    await browser?.close();
    await host?.dispose();
    await model?.close();
  });

  const reply = () => page.locator(".message-agent:not(.is-live)");

  it("sends a message and shows the answer, under a thread in the list", async () => {
    await sayInNewChat(page, "say hello there");
    await reply().getByText("hello there").waitFor();
    assert.equal(await page.locator(".message-user").count(), 1);
    await page.locator(".thread[aria-current]").getByText("say hello there").waitFor();
    assert.match(page.url(), /#\/chat\/web-/);
  });

  it("shows the answer while it is being written, and one line that says who works", async () => {
    await sayInNewChat(page, "slowly one");
    await page.locator(".is-live").getByText("One, two,").waitFor();
    await page.locator(".working-text").getByText("Assistant: writing", { exact: true }).waitFor();
    assert.equal(await page.locator(".working").count(), 1);
    assert.equal(await reply().count(), 0);
    model.release();
    await reply().getByText("One, two, three. Done.").waitFor();
    assert.equal(await page.locator(".is-live, .working").count(), 0);
  });

  it("shows a message that waits for its turn as queued, and answers it in its turn", async () => {
    await sayInNewChat(page, "slowly two");
    await page.locator(".is-live").waitFor();
    await say(page, "say the second");
    await page.locator(".is-queued").getByText("say the second").waitFor();
    await page.locator(".is-queued").getByText("Queued").waitFor();
    model.release();
    await reply().getByText("the second").waitFor();
    assert.equal(await page.locator(".is-queued").count(), 0);
    const texts = await page.locator(".message-text").allInnerTexts();
    assert.deepEqual(
      texts.map((text) => text.trim()),
      ["slowly two", "One, two, three. Done.", "say the second", "the second"],
    );
  });

  it("stops a turn, and says so in the thread", async () => {
    await sayInNewChat(page, "slowly three");
    await page.locator(".is-live").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.locator(".message-system").waitFor();
    assert.equal(await page.locator(".working, .is-live").count(), 0);
    model.release();
  });

  it("does a turn again when asked to, as a new answer to the same message", async () => {
    await sayInNewChat(page, "say once more");
    await reply().waitFor();
    await reply().hover();
    await page.getByRole("button", { name: "Retry this turn" }).click();
    await reply().nth(1).waitFor();
    await page.getByText("new answer").waitFor();
    assert.equal(await page.locator(".message-user").count(), 1);
  });

  it("says where a message is", async () => {
    await sayInNewChat(page, "say traced");
    await reply().waitFor();
    await page.locator(".message-user").hover();
    await page.getByRole("button", { name: "Where is my message?" }).click();
    const steps = page.getByRole("dialog").locator(".trace-step");
    await steps.first().waitFor();
    assert.ok((await steps.count()) >= 3);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  it("sends once what had to be sent twice, and says meanwhile that it is not sent", async () => {
    let refusals = 2;
    await page.route("**/messages", (route) => {
      refusals -= 1;
      // The first time parley has taken it and only the answer is lost; the second time nothing arrives.
      if (refusals === 1) return route.fetch().then(() => route.abort());
      return refusals === 0 ? route.abort() : route.continue();
    });
    await sayInNewChat(page, "say just once");
    await reply().getByText("just once").waitFor();
    await page.unroute("**/messages");
    assert.equal(await page.locator(".message-user").count(), 1);

    await page.route("**/messages", (route) => route.abort());
    await say(page, "say later");
    await page.getByText("Not sent yet").waitFor();
    await page.unroute("**/messages");
    await page.getByRole("button", { name: "Try now" }).click();
    await reply().getByText("later").waitFor();
    assert.equal(await page.locator(".message-user").count(), 2);
  });

  it("keeps what is half written while the person looks elsewhere", async () => {
    await sayInNewChat(page, "say draft");
    await reply().waitFor();
    await page.locator(".composer textarea").fill("half a thou");
    const address = new URL(page.url()).hash;
    await go(page, "#/agents");
    await page.locator(".agent").first().waitFor();
    await go(page, address);
    await page.locator(".composer textarea").waitFor();
    assert.equal(await page.locator(".composer textarea").inputValue(), "half a thou");
  });

  it("keeps what is half written over a reload, each chat its own, until it is sent", async () => {
    const written = page.locator(".composer textarea");
    await sayInNewChat(page, "say reload me");
    await reply().waitFor();
    await written.fill("half an answer");
    const address = new URL(page.url()).hash;
    await go(page, "#/chat/new");
    await page.locator(".greeting").waitFor();
    await written.fill("half a beginning");
    await page.reload();
    await page.locator(".greeting").waitFor();
    assert.equal(await written.inputValue(), "half a beginning");
    await written.press("Enter");
    await reply().getByText("half a beginning").waitFor();
    await go(page, "#/chat/new");
    await page.locator(".greeting").waitFor();
    assert.equal(await written.inputValue(), "");
    await go(page, address);
    await reply().getByText("reload me").waitFor();
    assert.equal(await written.inputValue(), "half an answer");
    await written.fill("");
  });

  it("marks a thread in which something new was said, until it is opened", async () => {
    const threadId = "web-from-elsewhere";
    await host.call("POST", `${BASE}/threads/${threadId}/messages`, { text: "say from elsewhere" });
    const row = page.locator(".thread", { hasText: "from elsewhere" });
    await page.locator(".thread.is-unread", { hasText: "from elsewhere" }).waitFor();
    await row.click();
    await reply().getByText("from elsewhere").waitFor();
    await page.locator(".thread.is-unread").waitFor({ state: "detached" });
  });

  it("opens a long thread at its end, and brings older messages as one scrolls up", async () => {
    const threadId = "web-long";
    for (let number = 1; number <= 70; number += 1) {
      await host.call("POST", `${BASE}/threads/${threadId}/messages`, { text: `say number ${number}.` });
    }
    await go(page, `#/chat/${threadId}`);
    await page.locator(".message-agent").getByText("number 70.", { exact: true }).waitFor();
    const first = page.locator(".message-user").getByText("say number 1.", { exact: true });
    assert.equal(await first.count(), 0);
    assert.ok((await page.locator(".message").count()) <= 70);
    for (let round = 0; round < 12 && (await first.count()) === 0; round += 1) {
      await page.locator(".conversation-scroll").hover();
      await page.mouse.wheel(0, -20_000);
      await page.waitForTimeout(150);
    }
    await first.waitFor();
    await page.getByRole("button", { name: "To the newest" }).click();
    await page.getByRole("button", { name: "To the newest" }).waitFor({ state: "detached" });
  });

  it("copies code", async () => {
    await sayInNewChat(page, "say ```js\nlet one = 1;\n```");
    await page.locator(".code").waitFor();
    await page.getByRole("button", { name: "Copy code" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    assert.equal(await page.evaluate("navigator.clipboard.readText()"), "let one = 1;");
  });

  it("finds a chat from anywhere", async () => {
    await go(page, "#/runs");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /Search/ }).fill("hello there");
    await page.getByRole("option", { name: /say hello there/ }).waitFor();
    await page.keyboard.press("Enter");
    await reply().getByText("hello there").waitFor();
  });

  it("never broke a rule of its own page", () => assert.deepEqual(problems, []));
});
