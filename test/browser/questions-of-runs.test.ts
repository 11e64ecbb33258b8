import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { type NodeSpec, type WorkflowSpec, workflow } from "../support/definitions.ts";
import { go, needsChromium, openBrowser, PHONE, visit } from "./support/browser.ts";
import { BASE, type Host, openHost } from "./support/host.ts";

interface Asked {
  interruptId: string;
  runId: string;
  nodeId: string;
  approvers?: string[];
}

/** Questions of workflows: each test starts a run that asks, and answers it in the inbox. */
describe("questions of runs", { skip: needsChromium, timeout: 180_000 }, () => {
  let browser: Browser;
  let host: Host;
  let page: Page;
  let problems: string[];

  before(async () => {
    [browser, host] = await Promise.all([openBrowser(), openHost()]);
    ({ page, problems } = await visit(browser, host));
  });
  after(async () => {
    await browser?.close();
    await host?.dispose();
  });

  /** Starts a run that asks, and opens its row in the inbox. */
  async function ask(title: string, spec: WorkflowSpec): Promise<{ runId: string; row: Locator }> {
    const id = `asks-${title.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
    await host.call("POST", "/v1/workflows", workflow(id, spec));
    const { runId } = await host.call<{ runId: string }>("POST", "/v1/runs", { workflowId: id });
    await until("the run asks", async () => (await questionsOf(runId)).length > 0);
    return { runId, row: await openRow(title) };
  }

  function gate(title: string, config: object): NodeSpec {
    return { id: "gate", typeId: "core.approvalGate", config: { title, ...config } };
  }

  /** The last of this title: earlier ones are settled. */
  async function openRow(title: string, on = page): Promise<Locator> {
    await go(on, "#/runs");
    await on.getByRole("heading", { name: "Runs" }).waitFor();
    await go(on, "#/inbox");
    const row = on.locator(".inbox-row", { hasText: title });
    const head = row.locator(".inbox-head");
    await head.waitFor();
    if ((await head.getAttribute("aria-expanded")) === "false") await head.click();
    await row.locator(".question").waitFor();
    return row;
  }

  async function questionsOf(runId: string): Promise<Asked[]> {
    const { interrupts } = await host.call<{ interrupts: Asked[] }>("GET", `${BASE}/runs/${runId}/interrupts`);
    return interrupts;
  }

  async function snapshot(runId: string): Promise<{ status: string; variables: Record<string, unknown> }> {
    return host.call("GET", `/v1/runs/${runId}`);
  }

  async function ended(runId: string, status: string): Promise<void> {
    await until(`the run is ${status}`, async () => (await snapshot(runId)).status === status);
  }

  /** What the log holds of one type. */
  async function logged(runId: string, type: string): Promise<Record<string, unknown>[]> {
    const { events } = await host.call<{ events: { type: string; payload: Record<string, unknown> }[] }>(
      "GET",
      `/v1/runs/${runId}/events/poll?limit=1000`,
    );
    return events.filter((event) => event.type === type).map(({ payload }) => payload);
  }

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 15_000;
    while (!(await holds())) assert.ok(Date.now() < deadline, what);
  }

  const button = (row: Locator, name: string) => row.getByRole("button", { name, exact: true });

  it("say whom they wait for and until when, and are decided in the name of one who is asked", async () => {
    const spec = { nodes: [gate("Pay the bill?", { approversList: ["anna", "ben"], timeoutMs: 600_000 })] };
    const { runId, row } = await ask("Pay the bill?", spec);
    await row.getByText("Waiting for anna and ben").waitFor();
    await row.getByText(/9 min \d\d s left/).waitFor();
    assert.ok(await button(row, "Approve").isDisabled(), "nobody is chosen yet");
    await row.getByLabel("In whose name do you decide?").selectOption("ben");
    await button(row, "Approve").click();
    await row.getByText("You approved this").first().waitFor();
    await ended(runId, "completed");
    assert.equal((await logged(runId, "approval.received"))[0]?.action, "accept");
  });

  it("wait for nobody else when whoever is signed in is among those who are asked", async () => {
    const { principal } = await host.call<{ principal: string }>("GET", `${BASE}/session`);
    const { row } = await ask("Mine?", { nodes: [gate("Mine?", { approversList: ["anna", principal] })] });
    await button(row, "Approve").waitFor();
    assert.equal(await row.getByText(/Waiting for/).count(), 0);
    assert.equal(await row.getByLabel("In whose name do you decide?").count(), 0);
    await button(row, "Approve").click();
    await row.getByText("You approved this").first().waitFor();
  });

  it("are handed on, and still can be decided by whoever did it", async () => {
    const { runId, row } = await ask("Hang the picture?", { nodes: [gate("Hang the picture?", {})] });
    await button(row, "Add someone…").click();
    assert.ok(await button(row, "Add").isDisabled(), "a name is needed");
    await row.getByLabel("Who else may decide? Write their name.").fill("carla");
    await page.keyboard.press("Enter");
    await row.getByText("Waiting for carla").waitFor();
    assert.deepEqual((await questionsOf(runId))[0]?.approvers, ["carla"]);
    const again = await openRow("Hang the picture?");
    await again.getByText("Waiting for carla").waitFor();
    await button(again, "Approve").click();
    await again.getByText("You approved this").first().waitFor();
    await ended(runId, "completed");
  });

  it("are sent back with words, and asked once more", async () => {
    const nodes = [
      { id: "draft", typeId: "core.identity" },
      gate("Good enough?", { actions: ["accept", "reject", "refine"] }),
    ];
    const edges = [
      { from: "draft", to: "gate" },
      { from: "gate", to: "draft" },
    ];
    const { runId, row } = await ask("Good enough?", { nodes, edges });
    await button(row, "Send back…").click();
    await row.getByLabel(/What should be different/).fill("shorter, please");
    await button(row, "Send back").click();
    await row.getByText("You sent this back: shorter, please").first().waitFor();
    const [received] = await logged(runId, "approval.received");
    assert.deepEqual(received?.refineFeedback, { scope: "whole", text: "shorter, please" });
    await until("it asks once more", async () => (await questionsOf(runId)).length > 0);
    const again = await openRow("Good enough?");
    await button(again, "Reject…").waitFor();
    await button(again, "Approve").click();
    await ended(runId, "completed");
  });

  it("are asked back and stay open, with what was asked and answered on the card", async () => {
    const spec = { nodes: [gate("Order paint?", { actions: ["accept", "ask"] })] };
    const { runId, row } = await ask("Order paint?", spec);
    assert.equal(await button(row, "Reject…").count(), 0, "only what is offered has a button");
    await button(row, "Ask…").click();
    await row.getByLabel(/What do you want to know/).fill("Which colour?");
    await button(row, "Ask").click();
    const exchanges = row.locator(".exchanges > div");
    await exchanges.filter({ hasText: "Which colour?" }).getByText("No answer yet").waitFor();
    const answered = { action: "ask", question: "How much?", answer: "Two buckets." };
    await host.call("POST", `/v1/runs/${runId}/interrupts/gate`, { resumeValue: answered });
    await exchanges.filter({ hasText: "How much?" }).getByText("Two buckets.").waitFor();
    assert.equal((await snapshot(runId)).status, "waiting-approval");
    await button(row, "Approve").click();
    await ended(runId, "completed");
  });

  it("are approved with changes to what is to be approved", async () => {
    const spec = { nodes: [gate("Send this?", { actions: ["accept", "edit-accept"], artifactData: { to: "all" } })] };
    const { runId, row } = await ask("Send this?", spec);
    await button(row, "Change…").click();
    const field = row.getByLabel("what is to be approved");
    await field.fill("{");
    await button(row, "Approve with these changes").click();
    await row.getByText(/is not valid JSON/).waitFor();
    await field.fill('{"to": "anna"}');
    await button(row, "Approve with these changes").click();
    await ended(runId, "completed");
    assert.deepEqual((await logged(runId, "approval.received"))[0]?.editedArtifactData, { to: "anna" });
  });

  for (const { name, title, said, status } of [
    { name: "Stop the run", title: "Stop the import?", said: "You stopped the run", status: "cancelled" },
    { name: "Go on", title: "Stop the export?", said: "You let the run go on", status: "completed" },
  ]) {
    it(`about stopping have “${name}”, which leaves the run ${status}`, async () => {
      const { runId, row } = await ask(title, { nodes: [gate(title, { artifactType: "cancellation" })] });
      assert.equal(await button(row, "Approve").count(), 0);
      await button(row, name).click();
      await row.getByText(said).first().waitFor();
      await ended(runId, status);
    });
  }

  it("about stopping are answered by keyboard with the same words", async () => {
    const title = "Stop the backup?";
    const { runId, row } = await ask(title, { nodes: [gate(title, { artifactType: "cancellation" })] });
    await row.locator(".inbox-head").focus();
    await page.keyboard.press("a");
    const dialog = page.getByRole("dialog", { name: "Stop the run?" });
    await dialog.getByRole("button", { name: "Stop the run" }).waitFor();
    await page.keyboard.press("Enter");
    await ended(runId, "cancelled");
  });

  it("that hold an agent's decision give it back when they are approved", async () => {
    const decision = { choice: "blue" };
    const data = { agentId: "host:painter", threshold: 0.7, observed: 0.4, decision };
    const node = { id: "unsure", typeId: "core.interrupt", config: { kind: "low-confidence", data } };
    const { runId, row } = await ask("what Painter decided", { nodes: [node] });
    await row.getByText("Painter was not sure enough: 40 %, where 70 % is asked for.").waitFor();
    await row.getByText('"choice": "blue"').waitFor();
    assert.equal(await button(row, "Reject…").count(), 0);
    await button(row, "Approve").click();
    await ended(runId, "completed");
    assert.deepEqual((await logged(runId, "interrupt.resolved"))[0]?.resumeValue, decision);
  });

  describe("that are conversations", () => {
    const talk = (config: object) => [{ id: "talk", typeId: "core.conversationGate", config }];

    it("show what is said, take the next words, and go on when they are ended", async () => {
      const { runId, row } = await ask("Where shall we eat?", { nodes: talk({ prompt: "Where shall we eat?" }) });
      const field = row.getByLabel("Your words");
      assert.ok(await button(row, "Send").isDisabled());
      await field.fill("By the lake");
      await field.press("Enter");
      const turns = row.locator(".turn");
      await turns.filter({ hasText: "By the lake" }).waitFor();
      assert.equal(await field.inputValue(), "");
      const turn = { role: "agent", speakerId: "host:guide", content: "It will rain." };
      await host.call("POST", `/v1/runs/${runId}/interrupts/talk`, { resumeValue: { operation: "exchange", turn } });
      await turns.filter({ hasText: "Guide" }).getByText("It will rain.").waitFor();
      await field.fill("Inside, then");
      await button(row, "Send").click();
      await turns.nth(2).getByText("Inside, then").waitFor();
      assert.equal((await snapshot(runId)).status, "waiting-approval");
      await button(row, "End the conversation").click();
      await row.getByText("You ended the conversation").first().waitFor();
      await ended(runId, "completed");
      // The next question is opened in its place.
      if ((await row.locator(".inbox-head").getAttribute("aria-expanded")) === "false") {
        await row.locator(".inbox-head").click();
      }
      await row.getByText("What was said").click();
      await turns.getByText("It will rain.").waitFor();
    });

    it("take JSON where a turn has a shape, and say what does not fit", async () => {
      const schema = { type: "object", required: ["seats"] };
      const { runId, row } = await ask("How many seats?", { nodes: talk({ prompt: "How many seats?", schema }) });
      const field = row.getByLabel("Your words, as JSON");
      await field.fill("four");
      await button(row, "Send").click();
      await row.getByText("This is not valid JSON.").waitFor();
      await field.fill("{}");
      await button(row, "Send").click();
      await row.locator(".problem", { hasText: "seats" }).waitFor();
      await field.fill('{"seats": 4}');
      await button(row, "Send").click();
      await row.locator(".turn").getByText('"seats": 4').waitFor();
      assert.deepEqual((await logged(runId, "conversation.exchanged")).length, 1);
      await button(row, "End the conversation").click();
      await ended(runId, "completed");
    });
  });

  it("fit a phone, with every control in reach of a finger", async () => {
    const actions = ["accept", "reject", "refine", "edit-accept", "ask"];
    const nodes = [
      { id: "draft", typeId: "core.identity" },
      gate("Print the flyer?", {
        actions,
        approversList: ["anna", "a-name-that-is-much-longer-than-any-phone-is-wide"],
      }),
    ];
    const edges = [
      { from: "draft", to: "gate" },
      { from: "gate", to: "draft" },
    ];
    await ask("Print the flyer?", { nodes, edges });
    const phone = await visit(browser, host, { viewport: PHONE });
    const row = await openRow("Print the flyer?", phone.page);
    for (const name of ["Approve", "Reject…", "Change…", "Send back…", "Ask…", "Add someone…"]) {
      await button(row, name).waitFor();
    }
    const width = await phone.page.evaluate("document.querySelector('.page').scrollWidth");
    assert.ok(Number(width) <= PHONE.width, `it is ${width} px wide`);
    const small = await phone.page.evaluate(`[...document.querySelectorAll(".question button, .question .input")]
      .filter((e) => e.getBoundingClientRect().height < 44).map((e) => e.className)`);
    assert.deepEqual(small, []);
    assert.deepEqual(phone.problems, []);
  });

  it("never broke a rule of the page", () => assert.deepEqual(problems, []));
});
