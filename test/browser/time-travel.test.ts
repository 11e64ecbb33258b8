import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { workflow } from "../support/definitions.ts";
import { go, needsChromium, openBrowser, visit } from "./support/browser.ts";
import { type Host, openHost } from "./support/host.ts";

const painted = workflow("painted", {
  nodes: [
    { id: "paint", typeId: "core.setVariable", config: { name: "color", value: "red" } },
    { id: "repaint", typeId: "core.setVariable", config: { name: "color", value: "blue" } },
  ],
  edges: [{ from: "paint", to: "repaint" }],
});

describe("a run as it was", { skip: needsChromium, timeout: 120_000 }, () => {
  let browser: Browser;
  let host: Host;
  let page: Page;
  let problems: string[];
  let runId: string;

  before(async () => {
    [browser, host] = await Promise.all([openBrowser(), openHost()]);
    ({ page, problems } = await visit(browser, host));
    await host.call("POST", "/v1/workflows", painted);
    ({ runId } = await host.call<{ runId: string }>("POST", "/v1/runs", { workflowId: painted.id }));
    await go(page, `#/runs/${runId}`);
  });
  after(async () => {
    await browser?.close();
    await host?.dispose();
  });

  const stateAt = (at: number) => page.locator(`.travel-state[data-at="${at}"]`);

  it("shows status, nodes and values after the event that the slider is at, moved by keys", async () => {
    await page.getByText("State at an event, fork and replay").click();
    await page.locator(".travel-state").getByText('"blue"').waitFor();
    const slider = page.getByRole("slider", { name: /After event/ });
    await slider.focus();
    await page.keyboard.press("Home");
    await stateAt(0).getByText("running").first().waitFor();
    assert.equal(await stateAt(0).getByText("paint").count(), 0);
    for (let step = 0; step < 3; step += 1) await page.keyboard.press("ArrowRight");
    await stateAt(3).getByText('"red"').waitFor();
    await page.getByText("After event 3 of").waitFor();
  });

  it("forgets that one event could not be read as soon as another is", async () => {
    const unreadable = "**/state?atSequence=2";
    const refusal = { error: "internal_error", message: "The disk is away." };
    await page.route(unreadable, (route) => route.fulfill({ status: 500, json: refusal }));
    await page.getByRole("slider", { name: /After event/ }).focus();
    await page.keyboard.press("ArrowLeft");
    await page.getByText("The disk is away.").waitFor();
    await page.unroute(unreadable);
    await page.keyboard.press("ArrowRight");
    await stateAt(3).getByText('"red"').waitFor();
    assert.equal(await page.getByText("The disk is away.").count(), 0);
    // The browser tells of the refused request as well.
  });

  it("says that a fork does things again, and forks from that event", async () => {
    await page.getByText(/what it does outside.*is done again/).waitFor();
    await page.getByRole("button", { name: "Fork from event 3" }).click();
    await page.getByText("another run from event 3").waitFor();
    assert.notEqual(new URL(page.url()).hash, `#/runs/${runId}`);
    await page.locator(".run-title").getByText("completed").waitFor();
    await page.getByRole("link", { name: "another run" }).click();
    await page.waitForURL(`**/#/runs/${runId}`);
  });

  it("replays", async () => {
    await page.getByText("State at an event, fork and replay").click();
    await page.getByRole("button", { name: /^Replay from event/ }).click();
    await page.getByText("Replay of").waitFor();
  });

  it("leaves nothing on the browser's console", () => {
    assert.deepEqual(problems, []);
  });
});
