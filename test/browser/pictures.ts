// Takes the pictures of the documentation, with a real daemon on the offline model:
//
//   node test/browser/pictures.ts [folder]      default: docs/images

import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { repoRoot } from "../support/paths.ts";
import { DESKTOP, go, openBrowser, type PageOptions, PHONE, say, sayInNewChat, visit } from "./support/browser.ts";
import { openHost } from "./support/host.ts";

const folder = process.argv[2] ?? path.join(repoRoot, "docs/images");
/** For what moves (a blinking caret, a growing line) to come to rest. */
const REST_MS = 400;

const pictures: { name: string; options: PageOptions; show: (page: Page) => Promise<void> }[] = [
  {
    name: "chat",
    options: { viewport: DESKTOP, scheme: "light" },
    async show(page) {
      await sayInNewChat(page, "What can you do?");
      await page.locator(".message-agent").waitFor();
      await say(page, "Plan a picnic and save the plan as a note");
      await page.locator(".question").waitFor();
    },
  },
  {
    name: "inbox",
    options: { viewport: DESKTOP, scheme: "dark" },
    async show(page) {
      await sayInNewChat(page, "Plan a trip to the sea and save it as a note");
      await page.locator(".question").waitFor();
      await go(page, "#/inbox");
      await page.locator(".inbox-row").nth(1).waitFor();
    },
  },
  {
    name: "answered",
    options: { viewport: DESKTOP, scheme: "dark" },
    async show(page) {
      await page.locator(".thread").last().click();
      await page.getByRole("button", { name: "Approve" }).click();
      await page.locator(".message-agent").nth(1).waitFor();
      await page.locator(".message-agent").nth(1).hover();
    },
  },
  {
    name: "runs",
    options: { viewport: DESKTOP, scheme: "light" },
    async show(page) {
      await go(page, "#/runs");
      await page.locator(".rows").waitFor();
    },
  },
  {
    name: "run",
    options: { viewport: DESKTOP, scheme: "light" },
    async show(page) {
      await go(page, "#/runs");
      await page.locator("tr", { hasText: "agent-assistant" }).nth(1).locator("a").click();
      await page.locator(".lane-label", { hasText: "Scribe" }).first().waitFor();
    },
  },
  { name: "agents", options: { viewport: DESKTOP, scheme: "light" }, show: (page) => open(page, "#/agents", ".agent") },
  {
    name: "settings",
    options: { viewport: DESKTOP, scheme: "dark" },
    async show(page) {
      await open(page, "#/settings", ".option");
      await page.getByLabel("OpenAI, or compatible").check();
    },
  },
  {
    name: "phone-chat",
    options: { viewport: PHONE, scheme: "light" },
    async show(page) {
      await page.locator(".thread", { hasText: "waits for you" }).click();
      await page.locator(".question").waitFor();
    },
  },
  {
    name: "phone-threads",
    options: { viewport: PHONE, scheme: "dark" },
    show: (page) => open(page, "#/chat", ".thread"),
  },
  {
    name: "phone-run",
    options: { viewport: PHONE, scheme: "light" },
    async show(page) {
      await go(page, "#/runs");
      await page.locator("tr", { hasText: "agent-assistant" }).nth(1).locator("a").click();
      await page.locator(".lane").first().waitFor();
    },
  },
];

async function open(page: Page, address: string, sign: string): Promise<void> {
  await go(page, address);
  await page.locator(sign).first().waitFor();
}

await mkdir(folder, { recursive: true });
const [browser, host] = await Promise.all([openBrowser(), openHost()]);
try {
  for (const { name, options, show } of pictures) {
    const { page } = await visit(browser, host, options);
    await show(page);
    await page.waitForTimeout(REST_MS);
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
    await page.context().close();
  }
} finally {
  await browser.close();
  await host.dispose();
}
