// What the providers themselves insist on in a history: their answer to a violation is a 400, and a conversation that
// holds one is stuck for good. Each check returns the problems of a request's body; none: the provider takes it.

// biome-ignore lint/suspicious/noExplicitAny: a request's body can be anything
type Body = any;

const ROLES = ["system", "user", "assistant", "tool"];
const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** OpenAI takes 40 characters. */
const OPENAI_CALL_ID = /^.{1,40}$/s;
const ANTHROPIC_CALL_ID = /^[A-Za-z0-9_-]+$/;

/** Chat completions: one tool message per call, right after the assistant message that asked; nothing is empty. */
export function checkOpenAiHistory(body: Body): string[] {
  const messages = Array.isArray(body?.messages) ? body.messages : [];
  if (messages.length === 0) return ["messages: must not be empty"];
  const problems = messages.flatMap((message: Body, index: number) =>
    openAiMessageProblems(message, `messages[${index}]`),
  );
  problems.push(...openAiOrder(messages), ...openAiTools(body));
  return problems;
}

function openAiMessageProblems(message: Body, where: string): string[] {
  const problems: string[] = [];
  if (!ROLES.includes(message?.role)) problems.push(`${where}: unknown role ${message?.role}`);
  const calls = message?.tool_calls;
  if (calls !== undefined && (!Array.isArray(calls) || calls.length === 0))
    problems.push(`${where}: tool_calls is empty`);
  if (calls !== undefined && message.role !== "assistant") problems.push(`${where}: only an assistant calls tools`);
  const isEmpty = typeof message?.content !== "string" || message.content === "";
  if (isEmpty && calls === undefined) problems.push(`${where}: content is empty`);
  for (const call of calls ?? []) {
    if (!OPENAI_CALL_ID.test(call.id ?? "")) problems.push(`${where}: bad call id ${call.id}`);
    if (!TOOL_NAME.test(call.function?.name ?? "")) problems.push(`${where}: bad tool name ${call.function?.name}`);
    if (!isJsonObjectText(call.function?.arguments)) problems.push(`${where}: arguments are no JSON object`);
  }
  return problems;
}

/** System first; every call answered exactly once before anybody else speaks. */
function openAiOrder(messages: Body[]): string[] {
  const problems: string[] = [];
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const where = `messages[${index}]`;
    if (message.role === "system" && messages.slice(0, index).some(({ role }) => role !== "system")) {
      problems.push(`${where}: the system message comes first`);
    }
    if (message.role === "tool") {
      if (!open.delete(message.tool_call_id)) problems.push(`${where}: answers no open call (${message.tool_call_id})`);
      continue;
    }
    if (open.size > 0) problems.push(`${where}: calls without a result: ${[...open].join(", ")}`);
    const ids = (message.tool_calls ?? []).map(({ id }: Body) => id);
    open = new Set(ids);
    if (open.size < ids.length) problems.push(`${where}: a call id stands twice`);
  }
  if (open.size > 0) problems.push(`the end: calls without a result: ${[...open].join(", ")}`);
  return problems;
}

function openAiTools(body: Body): string[] {
  if (body.tools === undefined) return [];
  if (!Array.isArray(body.tools) || body.tools.length === 0) return ["tools: must not be empty"];
  return toolProblems(
    body.tools.map((tool: Body) => ({ name: tool.function?.name, schema: tool.function?.parameters })),
  );
}

/** Messages API: alternating turns that begin with the user; results first in the message right after their calls. */
export function checkAnthropicHistory(body: Body): string[] {
  const problems: string[] = [];
  if (!Number.isInteger(body?.max_tokens) || body.max_tokens < 1)
    problems.push("max_tokens: must be a positive number");
  if (body?.system !== undefined && (typeof body.system !== "string" || body.system === ""))
    problems.push("system: is empty");
  const messages = Array.isArray(body?.messages) ? body.messages : [];
  if (messages.length === 0) return [...problems, "messages: must not be empty"];
  if (messages[0].role !== "user") problems.push("messages[0]: the first message is the user's");
  const taken = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const where = `messages[${index}]`;
    if (message.role !== "user" && message.role !== "assistant")
      problems.push(`${where}: unknown role ${message.role}`);
    if (message.role === messages[index - 1]?.role)
      problems.push(`${where}: two turns of the ${message.role} in a row`);
    problems.push(...blocksOf(message).flatMap((block: Body) => blockProblems(block, message.role, where, taken)));
    if (blocksOf(message).length === 0) problems.push(`${where}: content is empty`);
    problems.push(...resultProblems(messages[index - 1], message, where));
  }
  if (callIds(messages.at(-1)).length > 0) problems.push("the end: calls without a result");
  // Newer models refuse to go on with words that were put into their mouth.
  if (messages.at(-1)?.role === "assistant") problems.push("the end: the last turn is the user's");
  if (Array.isArray(body.tools)) {
    problems.push(...toolProblems(body.tools.map((tool: Body) => ({ name: tool.name, schema: tool.input_schema }))));
  } else if (body.tools !== undefined || messages.some((message: Body) => callIds(message).length > 0)) {
    problems.push("tools: must be there when tools were used");
  }
  return problems;
}

function blocksOf(message: Body): Body[] {
  if (typeof message?.content === "string") return [{ type: "text", text: message.content }];
  return Array.isArray(message?.content) ? message.content : [];
}

function blockProblems(block: Body, role: string, where: string, taken: Set<string>): string[] {
  switch (block.type) {
    case "text":
      return typeof block.text === "string" && block.text.trim() !== "" ? [] : [`${where}: a text block is empty`];
    case "tool_use": {
      const problems = role === "assistant" ? [] : [`${where}: only an assistant calls tools`];
      if (!ANTHROPIC_CALL_ID.test(block.id ?? "")) problems.push(`${where}: bad call id ${block.id}`);
      if (taken.has(block.id)) problems.push(`${where}: the call id ${block.id} was used before`);
      taken.add(block.id);
      if (!TOOL_NAME.test(block.name ?? "")) problems.push(`${where}: bad tool name ${block.name}`);
      if (!isObject(block.input)) problems.push(`${where}: input is no object`);
      return problems;
    }
    case "tool_result":
      return role === "user" && block.content !== "" ? [] : [`${where}: a result that is empty or not the user's`];
    default:
      return [`${where}: unknown block ${block.type}`];
  }
}

/** Exactly one result per call of the message before, in front of everything else. */
function resultProblems(before: Body, message: Body, where: string): string[] {
  const blocks = blocksOf(message);
  const results = blocks.flatMap(({ type, tool_use_id: id }: Body) => (type === "tool_result" ? [id] : []));
  const problems: string[] = [];
  const lastResult = blocks.findLastIndex(({ type }: Body) => type === "tool_result");
  if (lastResult >= results.length) problems.push(`${where}: results come before any text`);
  const calls = before?.role === "assistant" ? callIds(before) : [];
  if (JSON.stringify(calls.toSorted()) !== JSON.stringify(results.toSorted())) {
    problems.push(`${where}: calls [${calls}] and results [${results}] do not match`);
  }
  return problems;
}

function callIds(message: Body): string[] {
  return blocksOf(message).flatMap(({ type, id }: Body) => (type === "tool_use" ? [id] : []));
}

function toolProblems(tools: { name: unknown; schema: unknown }[]): string[] {
  const problems = tools.flatMap(({ name, schema }, index) => [
    ...(typeof name === "string" && TOOL_NAME.test(name) ? [] : [`tools[${index}]: bad name ${name}`]),
    ...((schema as Body)?.type === "object" ? [] : [`tools[${index}]: parameters are no object schema`]),
  ]);
  return new Set(tools.map(({ name }) => name)).size < tools.length
    ? [...problems, "tools: a name stands twice"]
    : problems;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isJsonObjectText(text: unknown): boolean {
  try {
    return isObject(JSON.parse(String(text)));
  } catch {
    return false;
  }
}
