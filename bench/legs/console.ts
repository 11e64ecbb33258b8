// The console in a real browser: how soon a reload shows content, and how soon an act shows that it was heard.
//
//   The baseline is an empty page of the same browser: its own first paint, and a button that changes a word.

import type { Browser, Page } from "playwright-core";
import { DESKTOP, go, needsChromium, openBrowser, visit } from "#test/browser/support/browser.ts";
import { type Host, openHost } from "#test/browser/support/host.ts";
import { type Figure, rounded } from "../figures.ts";
import { median } from "../stats.ts";

const MAX_PAINT_MS = 200;
const MAX_REACTION_MS = 100;
const ROUNDS = 9;

/** What a person does, and by what it shows. */
const acts = [
  ["sends a message", "document.querySelector('.send').click()", "document.querySelector('.message-user')"],
  ["opens the search", "document.querySelector('.rail-search').click()", "document.querySelector('dialog[open]')"],
  ...["inbox", "runs", "agents", "settings"].map((page) => [
    `goes to ${page}`,
    `location.hash = '#/${page}'`,
    `/${page}/i.test(document.querySelector('h1').textContent)`,
  ]),
] as [what: string, act: string, shows: string][];

export async function consoleLeg(_: unknown, say: (line: string) => void): Promise<Figure[]> {
  if (needsChromium) {
    say(`left out: ${needsChromium}`);
    return [];
  }
  const [browser, host] = await Promise.all([openBrowser(), openHost()]);
  try {
    const { page } = await visit(browser, host, { viewport: DESKTOP });
    const empty = await emptyPage(browser, host);
    const paints = await paintsOf(page, ".composer");
    const reactions = await reactionsOf(page);
    return [
      paintFigure(paints, await paintsOf(empty, "button")),
      reactionFigure(
        reactions,
        await Promise.all([reaction(empty, "document.querySelector('button').click()", "said")]),
      ),
    ];
  } finally {
    await browser.close();
    await host.dispose();
  }
}

/** Milliseconds from a reload to the first content, as the browser counts them. */
async function paintsOf(page: Page, sign: string): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.reload();
    await page.locator(sign).waitFor();
    times.push(Number(await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")));
  }
  return times;
}

/** The median of each act, by what it is. */
async function reactionsOf(page: Page): Promise<Record<string, number>> {
  const medians: Record<string, number> = {};
  for (const [what, act, shows] of acts) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await go(page, "#/chat/new");
      await page.locator(".greeting").waitFor();
      await page.locator(".composer textarea").fill("hello");
      times.push(await reaction(page, act, shows));
      await page.keyboard.press("Escape");
    }
    medians[what] = median(times);
  }
  return medians;
}

/** Milliseconds from an act to the picture that shows it. */
async function reaction(page: Page, act: string, shows: string): Promise<number> {
  return Number(
    await page.evaluate(`new Promise((done) => {
      const since = performance.now();
      const look = () => (${shows}) ? requestAnimationFrame(() => done(performance.now() - since)) : setTimeout(look, 1);
      ${act};
      look();
    })`),
  );
}

/** A page of one button, from a route of its own that the browser answers itself. */
async function emptyPage(browser: Browser, { url }: Host): Promise<Page> {
  const page = await browser.newPage({ viewport: DESKTOP });
  const body = "<!doctype html><script>var said = false</script><button onclick='said = true'>Say</button>";
  await page.route("**/empty", (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto(`${url}/empty`);
  return page;
}

function paintFigure(paints: number[], empty: number[]): Figure {
  const ms = median(paints);
  return {
    leg: "console",
    name: "a reload of the console to its first content, median",
    unit: "ms",
    parley: rounded(ms, 0),
    baseline: { name: "an empty page", value: rounded(median(empty), 0) },
    bar: { text: `<= ${MAX_PAINT_MS} ms`, holds: ms <= MAX_PAINT_MS },
    details: { paints },
  };
}

function reactionFigure(reactions: Record<string, number>, empty: number[]): Figure {
  const [what, ms] = Object.entries(reactions).reduce((slowest, one) => (one[1] > slowest[1] ? one : slowest));
  return {
    leg: "console",
    name: `the slowest act in the console (${what}) to what shows it, median`,
    unit: "ms",
    parley: rounded(ms, 0),
    baseline: { name: "a button of an empty page", value: rounded(median(empty), 0) },
    bar: { text: `<= ${MAX_REACTION_MS} ms`, holds: ms <= MAX_REACTION_MS },
    details: { reactions },
  };
}
