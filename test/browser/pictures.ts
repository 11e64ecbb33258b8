// Takes the pictures of the documentation, with a real daemon on the offline model. Each is taken in both themes, the
// dark one as NAME-dark.png:
//
//   node test/browser/pictures.ts [folder]      default: docs/images

import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { repoRoot } from "../support/paths.ts";
import { DESKTOP, go, openBrowser, PHONE, say, sayInNewChat, visit } from "./support/browser.ts";
import { openHost } from "./support/host.ts";

const folder = process.argv[2] ?? path.join(repoRoot, "docs/images");
/** For what moves (a blinking caret, a growing line) to come to rest. */
const REST_MS = 400;

interface Picture {
  name: string;
  viewport: typeof DESKTOP;
  show: (page: Page) => Promise<void>;
}

/** In this order: what one shows is there for the next. */
const pictures: Picture[] = [
  { name: "first-run", viewport: DESKTOP, show: (page) => page.locator(".greeting").waitFor() },
  { name: "phone-first-run", viewport: PHONE, show: (page) => page.locator(".greeting").waitFor() },
  {
    name: "chat",
    viewport: DESKTOP,
    async show(page) {
      await sayInNewChat(page, "What can you do?");
      await page.locator(".message-agent").waitFor();
      await say(page, "Plan a picnic and save the plan as a note");
      await page.locator(".question").waitFor();
    },
  },
  {
    name: "inbox",
    viewport: DESKTOP,
    async show(page) {
      await sayInNewChat(page, "Plan a trip to the sea and save it as a note");
      await page.locator(".question").waitFor();
      await go(page, "#/inbox");
      await page.locator(".inbox-row").nth(1).waitFor();
    },
  },
  {
    name: "answered",
    viewport: DESKTOP,
    async show(page) {
      await page.locator(".thread").last().click();
      await page.getByRole("button", { name: "Approve" }).click();
      await page.locator(".message-agent").nth(1).waitFor();
      await page.locator(".message-agent").nth(1).hover();
    },
  },
  {
    name: "runs",
    viewport: DESKTOP,
    async show(page) {
      await go(page, "#/runs");
      await page.locator(".rows").waitFor();
    },
  },
  {
    name: "run",
    viewport: DESKTOP,
    async show(page) {
      await go(page, "#/runs");
      await page.locator("tr", { hasText: "agent-assistant" }).nth(1).locator("a").click();
      await page.locator(".lane-label", { hasText: "Scribe" }).first().waitFor();
    },
  },
  { name: "agents", viewport: DESKTOP, show: (page) => open(page, "#/agents", ".agent") },
  {
    name: "settings",
    viewport: DESKTOP,
    async show(page) {
      await open(page, "#/settings", ".option");
      await page.getByLabel("OpenAI, or compatible").check();
    },
  },
  {
    name: "phone-chat",
    viewport: PHONE,
    async show(page) {
      await page.locator(".thread", { hasText: "waits for you" }).click();
      await page.locator(".question").waitFor();
    },
  },
  {
    name: "phone-threads",
    viewport: PHONE,
    show: (page) => open(page, "#/chat", ".thread"),
  },
  {
    name: "phone-run",
    viewport: PHONE,
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
  for (const { name, viewport, show } of pictures) {
    const { page } = await visit(browser, host, { viewport });
    await show(page);
    for (const [colorScheme, suffix] of [
      ["light", ""],
      ["dark", "-dark"],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(REST_MS);
      await page.screenshot({ path: path.join(folder, `${name}${suffix}.png`) });
    }
    await page.context().close();
  }
} finally {
  await browser.close();
  await host.dispose();
}
