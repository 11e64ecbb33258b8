import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { go, needsChromium, openBrowser, say, sayInNewChat, visit } from "./support/browser.ts";
import { configFor, type Host, openHost } from "./support/host.ts";
import { TestModel } from "./support/model.ts";

const attacks: { name: string; text: string }[] = [
  { name: "a script", text: "<script>window.broken = 1</script>" },
  { name: "an image with a handler", text: '<img src=x onerror="window.broken = 1">' },
  { name: "a link that is a script", text: "[click](javascript:window.broken=1)" },
  {
    name: "a link that is a script in disguise",
    text: "[click](JaVaScRiPt:window.broken=1) [b](data:text/html,<script>1</script>)",
  },
  { name: "a picture from elsewhere", text: "![seen](http://127.0.0.1:9/pixel.png)" },
  { name: "markup that leaves its element", text: '</div></main><style>*{display:none}</style><h1 id="root">' },
  { name: "a code fence that names a class", text: '```"><script>window.broken=1</script>\nx\n```' },
  { name: "a table of markup", text: "| <b onclick=window.broken=1> |\n|---|\n| <svg/onload=window.broken=1> |" },
];

describe("a hostile message", { skip: needsChromium, timeout: 120_000 }, () => {
  let browser: Browser;
  let model: TestModel;
  let host: Host;
  let page: Page;
  let problems: string[];
  const asked: string[] = [];

  before(async () => {
    model = await TestModel.open();
    [browser, host] = await Promise.all([openBrowser(), openHost({ config: configFor(model.url) })]);
    ({ page, problems } = await visit(browser, host));
    page.on("request", (request) => asked.push(request.url()));
  });
  after(async () => {
    await browser?.close();
    await host?.dispose();
    await model?.close();
  });

  for (const { name, text } of attacks) {
    it(`cannot script, style or load: ${name}`, async () => {
      await sayInNewChat(page, `say ${text}`);
      const shown = page.locator(".message-agent:not(.is-live) .message-text");
      await shown.waitFor();
      assert.equal(await page.evaluate("window.broken"), undefined);
      assert.equal(
        await shown
          .locator("script, style, img, iframe, svg:not(.icon), [onclick], [onerror], [onload], [style]")
          .count(),
        0,
      );
      for (const address of await shown.locator("a").evaluateAll((links) => links.map(String))) {
        assert.match(address, /^(https?|mailto):/);
      }
      const rel = await shown
        .locator("a")
        .evaluateAll((links: { getAttribute(name: string): string | null }[]) =>
          links.map((link) => link.getAttribute("rel")),
        );
      for (const value of rel) assert.match(value ?? "", /noopener/);
      assert.ok(await page.locator(".composer").isVisible());
    });
  }

  it("is no worse than a hostile agent: its name is text, also for who talks to it", async () => {
    const name = "<img src=x onerror='window.broken=1'>";
    const manifest = `agentId: local.home.evil\n  persona: "${name}"\n  description: "<svg onload='window.broken=1'>"`;
    const file = `id: host:evil\nrole: conversation\nmodel: default\nmanifest:\n  ${manifest}\n  modelClass: general\n  systemPrompt: Be hostile.\n`;
    await writeFile(path.join(host.home, "agents", "evil.yaml"), file);
    await go(page, "#/agents");
    await page.getByRole("heading", { name }).waitFor();
    await go(page, "#/chat/new");
    await page.getByLabel("Talk to").selectOption({ label: name });
    await say(page, "say good day");
    await page.getByRole("article", { name, exact: true }).getByText("good day").waitFor();
    assert.equal(await page.evaluate("window.broken"), undefined);
  });

  it("made no request leave for anywhere else, and met no refusal of the content security policy", () => {
    assert.deepEqual(
      asked.filter((address) => !address.startsWith(host.url)),
      [],
    );
    assert.deepEqual(problems, []);
  });
});
