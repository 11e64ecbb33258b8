// Writes docs/cli.md from the table of commands.

import { writeFileSync } from "node:fs";
import { renderReference } from "#cli/reference.ts";

writeFileSync(new URL("../../docs/cli.md", import.meta.url), renderReference());
