// Chromium, and pages of the console in it. Each page has a context of its own: nothing is shared but the process.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Host } from "./host.ts";

const PLACES = [
  process.env.PARLEY_CHROMIUM ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const executablePath = PLACES.find((place) => place !== "" && existsSync(place));

/** `skip` option of tests that need a browser: false, or the reason. */
export const needsChromium: false | string =
  executablePath === undefined ? "there is no Chromium here (name one in PARLEY_CHROMIUM)" : false;

const FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking";
const QUIET = "--disable-component-update --disable-sync";
/** For one thing to be seen; a busy machine with two cores is slow to draw. */
const PATIENCE_MS = 15_000;

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

export async function openBrowser(): Promise<Browser> {
  assert.ok(executablePath);
  return chromium.launch({ executablePath, args: [...FLAGS.split(" "), ...QUIET.split(" ")] });
}

export interface PageOptions {
  viewport?: { width: number; height: number };
  scheme?: "light" | "dark";
}

export interface Visit {
  page: Page;
  /** What the browser complained about: exceptions, and whatever the content security policy refused. */
  problems: string[];
}

/** A page that is not signed in. */
export async function newVisit(browser: Browser, options: PageOptions = {}): Promise<Visit> {
  const { viewport = DESKTOP, scheme = "light" } = options;
  const isPhone = viewport.width < 600;
  const context = await browser.newContext({ viewport, colorScheme: scheme, hasTouch: isPhone, isMobile: isPhone });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    // A request that failed is logged too; that is the network's affair, and shown to the person.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      problems.push(message.text());
    }
  });
  return { page, problems };
}

/** A page that is signed in and shows the chat. */
export async function visit(browser: Browser, host: Host, options: PageOptions = {}): Promise<Visit> {
  const opened = await newVisit(browser, options);
  await opened.page.goto(await host.link());
  await opened.page.waitForSelector(".frame");
  return opened;
}

/** Goes to an address of the console. */
export async function go(page: Page, address: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
}

/** Opens a new chat and writes a message as a person does. */
export async function say(page: Page, text: string): Promise<void> {
  await page.locator(".composer textarea").fill(text);
  await page.locator(".composer textarea").press("Enter");
}

export async function sayInNewChat(page: Page, text: string): Promise<void> {
  await go(page, "#/chat/new");
  await page.waitForSelector(".greeting");
  await say(page, text);
}
