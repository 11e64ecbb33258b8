// The console's start: one object that knows, one tree of components that shows.

import { render } from "preact";
import { App } from "./shell/app.tsx";
import { Console } from "./shell/console.ts";
import { ConsoleProvider } from "./shell/context.ts";

const console = new Console();
const root = document.getElementById("root");
if (root) {
  render(
    <ConsoleProvider value={console}>
      <App />
    </ConsoleProvider>,
    root,
  );
}
// A link pasted into a tab that shows the console changes only the fragment: the page begins anew with it.
addEventListener("hashchange", () => {
  if (location.hash.startsWith("#token=")) location.reload();
});
void console.start();
