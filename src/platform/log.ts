// The log: JSON lines in the home's log files, and text for people on stderr.
//
//   G1. Every line passes the masker and the redaction before it is written anywhere.
//   G2. Warnings and errors are on disk when the call returns; other lines within 100 ms, all at the exit.
//   G3. A logger never throws.

import { type DestinationStream, type Logger as PinoLogger, pino, stdSerializers } from "pino";
import type { Clock } from "#ports/clock.ts";
import type { Logger } from "#ports/logger.ts";
import { systemClock } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import type { Home } from "./home.ts";
import { type LogFile, openLogFile } from "./log/file.ts";
import { redact } from "./log/redact.ts";
import { createRepetitions, type Repetitions } from "./log/repetitions.ts";
import { humanText } from "./log/text.ts";
import type { Masker } from "./masking.ts";

export interface LogOptions {
  /** Prepared: its log folder exists. */
  home: Home;
  config: Config["log"];
  masker: Masker;
  /** Stamps the lines; default: the machine's. */
  clock?: Clock;
  /** Where people read; default: the process's stderr. */
  stderr?: TextSink;
}

export interface TextSink {
  write(text: string): unknown;
}

export interface Log {
  logger: Logger;
  /** Writes everything that was gathered or held back. */
  flush(): void;
  /** Flushes, closes the file. Later lines go nowhere. */
  close(): void;
}

/** Opens the log of a home. */
export function openLog({ home, config, masker, clock = systemClock, stderr = patientStderr() }: LogOptions): Log {
  const nowText = () => new Date(clock.nowMs()).toISOString();
  const file = openLogFile({
    folder: home.logs,
    maxTotalBytes: config.maxTotalBytes,
    lostLine: (lines, reason) =>
      `${JSON.stringify({ level: "warn", time: nowText(), lines, reason, message: LOST })}\n`,
  });
  const repetitions = createRepetitions();
  const lines: Lines = pino(
    {
      level: config.level,
      base: null,
      messageKey: "message",
      errorKey: "error",
      timestamp: () => `,"time":"${nowText()}"`,
      formatters: { level: (level) => ({ level }) },
      serializers: { error: stdSerializers.errWithCause },
    },
    createSink({ file, masker, stderr, everythingToStderr: config.destination === "stderr" }),
  );

  function flush(): void {
    repetitions.flush();
    file.flush();
  }
  process.on("exit", flush);
  return {
    logger: wrap(lines, repetitions),
    flush,
    close() {
      process.off("exit", flush);
      flush();
      file.close();
    },
  };
}

const LOST = "log lines were lost because the disk refused them";
type Level = "debug" | "info" | "warn" | "error";
type Lines = Pick<PinoLogger, Level | "isLevelEnabled" | "child">;

/** Counts repetitions; `lines` writes. */
function wrap(lines: Lines, repetitions: Repetitions): Logger {
  function write(level: Level, fields: object, message: string): void {
    if (!lines.isLevelEnabled(level)) return;
    // The fields of the last one stand for all.
    const summarise = (times: number) => tell(lines, level, fields, `${message} (repeated ${times} times)`);
    if (repetitions.admit(`${level} ${message}`, summarise)) tell(lines, level, fields, message);
  }
  return {
    debug: (fields, message) => write("debug", fields, message),
    info: (fields, message) => write("info", fields, message),
    warn: (fields, message) => write("warn", fields, message),
    error: (fields, message) => write("error", fields, message),
    child: (fields) => wrap(childOf(lines, fields), repetitions),
  };
}

function childOf(lines: Lines, fields: object): Lines {
  try {
    return lines.child(fields);
  } catch {
    return lines;
  }
}

function tell(lines: Lines, level: Level, fields: object, message: string): void {
  try {
    lines[level](fields, message);
  } catch (error) {
    // A field whose getter or toJSON throws.
    lines[level]({ fieldsLost: String(error) }, message);
  }
}

const WARN = pino.levels.values.warn ?? 40;

interface SinkParts {
  file: LogFile;
  masker: Masker;
  stderr: TextSink;
  everythingToStderr: boolean;
}

/** Takes pino's JSON lines. pino tells the level of each in `lastLevel` because the stream asks for metadata. */
function createSink({ file, masker, stderr, everythingToStderr }: SinkParts): DestinationStream {
  const sink = {
    [Symbol.for("pino.metadata")]: true,
    lastLevel: 0,
    write(raw: string) {
      const line = redact(masker.mask(raw));
      const isUrgent = sink.lastLevel >= WARN;
      if (!file.append(line)) file.append(shortened(line));
      if (isUrgent) file.flush();
      if (isUrgent || everythingToStderr) stderr.write(humanText(line));
    },
  };
  return sink;
}

/** stderr may be a pipe whose reader went away: no reason to end. */
function patientStderr(): TextSink {
  if (process.stderr.listenerCount("error") === 0) process.stderr.on("error", () => {});
  return process.stderr;
}

/** What remains of a line that is too long for the file. */
function shortened(line: string): string {
  const { level, time, message } = JSON.parse(line) as Record<string, unknown>;
  const kept = { level, time, message: String(message).slice(0, 1000), omittedBytes: Buffer.byteLength(line) };
  return `${JSON.stringify(kept)}\n`;
}
